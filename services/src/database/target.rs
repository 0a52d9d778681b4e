//! Whose statements go where: what deadlines hold, and what is said when nobody answers.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::{ConnAcquireErr, DbErr, QueryResult, RuntimeErr};
use sqlx::{MySqlPool, PgPool, SqlitePool};
use tokio::time::timeout;

use super::PoolFigures;
use super::shared::Membership;
use super::standstill::Standstill;

/// The database of a plugin, as messages and figures see it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) plugin: String,
    /// The engine and the place, such as ``PostgreSQL at localhost:5432, database `backstage_plugin_catalog` ``.
    pub(super) place: String,
    pub(super) acquire_timeout: Duration,
    pub(super) statement_timeout: Option<Duration>,
    pub(super) max: u32,
    /// A paused clock stays while it works, for so long in the real world.
    holds_clock: Option<Duration>,
    pub(super) pool: Pool,
    timeouts: AtomicU64,
}

/// Where its connections come from.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
    MySql(MySqlPool),
    Shared(Membership),
}

impl Target {
    pub(super) fn new(
        plugin: &str,
        place: String,
        acquire_timeout: Duration,
        statement_timeout: Option<Duration>,
        max: u32,
        pool: Pool,
    ) -> Self {
        Self {
            plugin: plugin.to_owned(),
            place,
            acquire_timeout,
            statement_timeout,
            max,
            pool,
            holds_clock: None,
            timeouts: AtomicU64::new(0),
        }
    }

    pub(super) fn holding_clock(mut self, holds_clock: Option<Duration>) -> Self {
        self.holds_clock = holds_clock;
        self
    }

    /// Does something while a paused clock stays. That clock is no deadline then, so the one on the wall is: who waits for
    /// a connection that it holds itself is told so.
    pub(super) async fn patiently<T>(
        &self,
        work: impl Future<Output = T> + Send,
    ) -> Result<T, DbErr> {
        let Some(limit) = self.holds_clock else {
            return Ok(work.await);
        };
        let mut standstill = Standstill::begin(limit);
        tokio::select! {
            biased;
            outcome = work => Ok(outcome),
            () = standstill.overdue() => Err(self.no_connection(None)),
        }
    }

    pub(super) fn figures(&self) -> PoolFigures {
        let (open, idle) = match &self.pool {
            Pool::Sqlite(pool) => (pool.size(), pool.num_idle()),
            Pool::Postgres(pool) => (pool.size(), pool.num_idle()),
            Pool::MySql(pool) => (pool.size(), pool.num_idle()),
            Pool::Shared(membership) => {
                let (used, idle, pending) = membership.count();
                return PoolFigures {
                    used,
                    idle,
                    max: self.max,
                    pending: Some(pending),
                    timeouts: self.timeouts.load(Ordering::Relaxed),
                };
            }
        };
        let idle = u32::try_from(idle).unwrap_or(u32::MAX);
        PoolFigures {
            used: open.saturating_sub(idle),
            idle,
            max: self.max,
            pending: None,
            timeouts: self.timeouts.load(Ordering::Relaxed),
        }
    }

    /// The outcome of a statement, within the deadline for statements.
    pub(super) async fn within<T>(
        &self,
        statement: impl Future<Output = Result<T, DbErr>> + Send,
    ) -> Result<T, DbErr> {
        // The future of a statement is large, and a deadline would copy it once more.
        let outcome = match self.statement_timeout {
            None => self.patiently(statement).await?,
            Some(limit) => match timeout(limit, statement).await {
                Ok(outcome) => outcome,
                Err(_) => return Err(self.too_long()),
            },
        };
        outcome.map_err(|error| self.explain(error))
    }

    /// Rows, each within the deadline for statements; after one that does not come there are no more.
    pub(super) fn rows<'a>(
        &'a self,
        rows: BoxStream<'a, Result<QueryResult, DbErr>>,
        given_up: impl Fn() + Send + Copy + 'a,
    ) -> BoxStream<'a, Result<QueryResult, DbErr>> {
        let rows = rows.map_err(|error| self.explain(error));
        let Some(limit) = self.statement_timeout else {
            return rows.boxed();
        };
        futures_util::stream::unfold(Some(rows), move |rows| async move {
            let mut rows = rows?;
            match timeout(limit, rows.next()).await {
                Ok(row) => Some((row?, Some(rows))),
                Err(_) => {
                    given_up();
                    Some((Err(self.too_long()), None))
                }
            }
        })
        .boxed()
    }

    /// Says of an error that comes from the way to the database whose way it was, and what to do.
    pub(super) fn explain(&self, error: DbErr) -> DbErr {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => self.no_connection(None),
            DbErr::Conn(RuntimeErr::SqlxError(error)) => match &*error {
                sqlx::Error::PoolTimedOut => self.no_connection(None),
                error => self.unreachable(error),
            },
            error => error,
        }
    }

    /// Nobody gave a connection within the deadline; `last` is what the last try came to.
    pub(super) fn no_connection(&self, last: Option<&sqlx::Error>) -> DbErr {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
        let figures = self.figures();
        let within = self.holds_clock.unwrap_or(self.acquire_timeout);
        let within = within.as_secs_f64();
        let why = if figures.used >= figures.max && last.is_none() {
            // Where nobody answers, statements that wait hold all of them.
            let first = match self.pool {
                Pool::Sqlite(_) => "",
                _ => "see that the server runs; if it does, ",
            };
            format!(
                "all {} connections are in use; {first}give them back sooner (a transaction holds one), or raise `backend.database.knexConfig.pool.max`",
                figures.max
            )
        } else {
            let last = last.map_or(String::new(), |error| format!(" ({error})"));
            format!(
                "it does not answer{last}; see that it runs and that `backend.database` names it"
            )
        };
        failed(format!(
            "plugin `{}`: no connection to {} within {within} s: {why}",
            self.plugin, self.place
        ))
    }

    pub(super) fn unreachable(&self, error: &sqlx::Error) -> DbErr {
        failed(format!(
            "plugin `{}`: cannot connect to {}: {error}; see that it runs and that `backend.database` names it",
            self.plugin, self.place
        ))
    }

    /// A statement got no answer within the deadline.
    pub(super) fn too_long(&self) -> DbErr {
        let limit = self.statement_timeout.unwrap_or_default();
        failed(format!(
            "plugin `{}`: {} gave no answer within {} s, and may or may not have done what it was told; `backend.database.statementTimeout` says how long a statement may take",
            self.plugin,
            self.place,
            limit.as_secs_f64()
        ))
    }
}

fn failed(message: String) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(message))
}
