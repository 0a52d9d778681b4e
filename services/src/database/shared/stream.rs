//! Rows one by one.
//!
//! A stream of sqlx borrows its connection, and here the connection has to go back when the stream is dropped. So a
//! task holds both, and hands the rows over; it reads ahead by a few.

use std::future::pending;
use std::ops::DerefMut;
use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::{DbErr, QueryResult, Statement};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use super::Lease;
use super::statements::{prepared, querying};
use crate::database::target::Target;

/// Rows that are read before somebody asks for them.
const AHEAD: usize = 16;

/// What becomes of rows that nobody wants any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::database) enum Rest {
    /// The connection is closed: there may be millions.
    Close,
    /// They are read, since the transaction goes on.
    Read,
}

/// The rows of a statement, on a connection that the stream holds.
pub(in crate::database) fn stream_in<L>(
    mut lease: L,
    statement: Statement,
    rest: Rest,
    target: &Arc<Target>,
) -> BoxStream<'static, Result<QueryResult, DbErr>>
where
    L: DerefMut<Target = Lease> + Send + 'static,
{
    let (rows, wanted) = mpsc::channel(AHEAD);
    let overdue = Notify::new();
    let target = Arc::clone(target);
    let work = async move {
        lease.note(&statement.sql);
        let read = lease.run(|connection| {
            let statement = &statement;
            let (rows, overdue) = (&rows, &overdue);
            let limit = target.statement_timeout;
            async move {
                let mut all = prepared(statement).fetch(connection);
                loop {
                    let next = all.try_next();
                    let row = match limit {
                        None => next.await?,
                        Some(limit) => match timeout(limit, next).await {
                            Ok(row) => row?,
                            Err(_) => {
                                overdue.notify_one();
                                pending().await
                            }
                        },
                    };
                    let Some(row) = row else { return Ok(()) };
                    let gone = rows.send(Ok(row.into())).await.is_err();
                    if gone && rest == Rest::Close {
                        pending::<()>().await;
                    }
                }
            }
        });
        // Dropped half way, the connection is closed, and a transaction on it ends.
        let outcome = tokio::select! {
            biased;
            outcome = read => outcome.map_err(querying),
            () = rows.closed(), if rest == Rest::Close => Ok(()),
            () = overdue.notified() => Err(target.too_long()),
        };
        if let Err(error) = outcome {
            let _ = rows.send(Err(error)).await;
        }
    };
    tokio::spawn(work);
    futures_util::stream::unfold(wanted, |mut wanted| async move {
        let row = wanted.recv().await?;
        Some((row, wanted))
    })
    .boxed()
}
