//! Rows one by one.
//!
//! A stream of sqlx borrows its connection, and here the connection has to go back when the stream is dropped. So a
//! task holds both, and hands the rows over; it reads ahead by a few.

use std::ops::DerefMut;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::{DbErr, QueryResult, Statement};
use tokio::sync::mpsc;

use super::Lease;
use super::statements::{prepared, querying};

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
) -> BoxStream<'static, Result<QueryResult, DbErr>>
where
    L: DerefMut<Target = Lease> + Send + 'static,
{
    let (rows, wanted) = mpsc::channel(AHEAD);
    let work = async move {
        lease.note(&statement.sql);
        let read = lease.run(|connection| {
            let statement = &statement;
            let rows = &rows;
            async move {
                let mut all = prepared(statement).fetch(connection);
                while let Some(row) = all.try_next().await? {
                    let gone = rows.send(Ok(row.into())).await.is_err();
                    if gone && rest == Rest::Close {
                        std::future::pending::<()>().await;
                    }
                }
                Ok(())
            }
        });
        let outcome = match rest {
            Rest::Read => read.await,
            // Dropped half way, the connection is closed.
            Rest::Close => tokio::select! {
                biased;
                outcome = read => outcome,
                () = rows.closed() => Ok(()),
            },
        };
        if let Err(error) = outcome {
            let _ = rows.send(Err(querying(error))).await;
        }
    };
    tokio::spawn(work);
    futures_util::stream::unfold(wanted, |mut wanted| async move {
        let row = wanted.recv().await?;
        Some((row, wanted))
    })
    .boxed()
}
