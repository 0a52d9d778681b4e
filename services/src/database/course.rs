//! How a transaction goes on a connection of sqlx's pool.
//!
//! sqlx counts the transactions inside of each other by the answers to what begins and ends them. When such an answer is not
//! waited for, or the begin of an inner one fails, it undoes one too many, and from there on each statement would be kept at
//! once. And of a statement that was given up nobody knows what it did. So after that nothing but undoing is let through.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::{DbErr, QueryResult, RuntimeErr};

use super::target::Target;

/// What is known of a transaction and all inside of it.
#[derive(Debug, Default)]
pub(super) struct Course {
    is_torn: AtomicBool,
    /// A statement has failed.
    has_failed: AtomicBool,
}

/// Something that is under way; dropped before its end, it tears the transaction.
struct Step<'a>(Option<&'a Course>);

impl Step<'_> {
    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some(course) = self.0 {
            course.tear();
        }
    }
}

impl Course {
    /// Runs a statement within its deadline, if the transaction can go on.
    pub(super) async fn statement<T>(
        &self,
        target: Option<&Target>,
        statement: impl Future<Output = Result<T, DbErr>> + Send,
    ) -> Result<T, DbErr> {
        self.check(target)?;
        let outcome = self.step(target, statement).await;
        if outcome.is_err() {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Runs something within its deadline, such as what undoes all, whatever was before. Dropped before its end, it tears the
    /// transaction.
    pub(super) async fn step<T>(
        &self,
        target: Option<&Target>,
        work: impl Future<Output = Result<T, DbErr>> + Send,
    ) -> Result<T, DbErr> {
        let work = async {
            let step = Step(Some(self));
            let outcome = work.await;
            step.end();
            outcome
        };
        within(target, work).await
    }

    /// Begins an inner one.
    pub(super) async fn begin<T>(
        &self,
        target: Option<&Target>,
        begin: impl Future<Output = Result<T, DbErr>> + Send,
    ) -> Result<T, DbErr> {
        let begun = self.statement(target, begin).await;
        if begun.is_err() {
            self.tear();
        }
        begun
    }

    /// The rows of a statement, each within the deadline.
    pub(super) fn rows<'a>(
        &'a self,
        target: Option<&'a Target>,
        rows: BoxStream<'a, Result<QueryResult, DbErr>>,
    ) -> BoxStream<'a, Result<QueryResult, DbErr>> {
        let rows = match target {
            Some(target) => target.rows(rows, || self.tear()),
            None => rows,
        };
        let noted = rows.inspect_err(|_| self.has_failed.store(true, Ordering::Relaxed));
        noted.boxed()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Whether there is more to do than to undo.
    pub(super) fn check(&self, target: Option<&Target>) -> Result<(), DbErr> {
        if !self.is_torn.load(Ordering::Relaxed) {
            return Ok(());
        }
        let plugin = target.map_or(String::new(), |target| {
            format!("plugin `{}`: ", target.plugin)
        });
        Err(DbErr::Conn(RuntimeErr::Internal(format!(
            "{plugin}a statement of this transaction was given up before its end, or one inside of it could not begin, so nobody knows what is done; the transaction can only be rolled back"
        ))))
    }

    fn tear(&self) {
        self.is_torn.store(true, Ordering::Relaxed);
    }
}

/// The outcome of a statement, within the deadline where there is one.
async fn within<T>(
    target: Option<&Target>,
    statement: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<T, DbErr> {
    match target {
        Some(target) => target.within(statement).await,
        None => statement.await,
    }
}
