//! The connection that a plugin works with.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StreamTrait, TransactionOptions, TransactionTrait as _,
};
use sqlx::sqlite::SqliteConnection;

use super::beginning::Beginning;
use super::figures::PoolFigures;
use super::raw::{self, MySqlGuard, PostgresGuard, SqliteGuard};
use super::shared::{Membership, Rest, SharedTransaction, stream_in};
use super::target::{Pool, Target};
use super::{DatabaseError, DatabaseTransaction};

/// A plugin's connection to its database: a pool, cheap to clone.
///
/// It is a connection to SeaORM: everything that takes an `impl ConnectionTrait` takes it. For SQL that is checked while
/// it compiles, [`postgres`](Self::postgres), [`sqlite`](Self::sqlite) and [`mysql`](Self::mysql) give a connection of sqlx.
///
/// A statement that gets no connection, or no answer, fails within a deadline, and the error says which plugin wanted
/// what of whom. Nothing is sent twice.
#[derive(Clone, Debug)]
pub struct DatabaseClient {
    inner: Inner,
}

#[derive(Clone, Debug)]
enum Inner {
    /// A connection that a program brought.
    Bare(DatabaseConnection),
    /// A pool that this plugin alone uses.
    Own(Arc<Own>),
    /// A part in a pool that plugins share.
    Shared(Membership, Arc<Target>),
}

#[derive(Debug)]
pub(super) struct Own {
    pub(super) connection: DatabaseConnection,
    pub(super) target: Arc<Target>,
    /// Holds a database that is in memory, whatever becomes of the pool's connection. Nobody uses it.
    pub(super) _keeper: Option<Mutex<SqliteConnection>>,
}

impl From<DatabaseConnection> for DatabaseClient {
    fn from(connection: DatabaseConnection) -> Self {
        Self {
            inner: Inner::Bare(connection),
        }
    }
}

impl DatabaseClient {
    pub(super) fn own(own: Own) -> Self {
        Self {
            inner: Inner::Own(Arc::new(own)),
        }
    }

    pub(super) fn shared(membership: Membership, target: Arc<Target>) -> Self {
        Self {
            inner: Inner::Shared(membership, target),
        }
    }

    /// How its connections are used at this moment; none for a connection that a program brought.
    #[must_use]
    pub fn figures(&self) -> Option<PoolFigures> {
        match &self.inner {
            Inner::Bare(_) => None,
            Inner::Own(own) => Some(own.target.figures()),
            Inner::Shared(_, target) => Some(target.figures()),
        }
    }

    /// The pool of sqlx, where there is one: on PostgreSQL with a database for each plugin. Where plugins share a
    /// database there is none, and [`postgres`](Self::postgres) gives single connections.
    #[must_use]
    pub fn postgres_pool(&self) -> Option<&sqlx::PgPool> {
        match &self.inner {
            Inner::Shared(..) => None,
            _ => raw::postgres_pool(self.plain()?),
        }
    }

    /// The pool of sqlx, on SQLite.
    #[must_use]
    pub fn sqlite_pool(&self) -> Option<&sqlx::SqlitePool> {
        raw::sqlite_pool(self.plain()?)
    }

    /// The pool of sqlx, on MySQL and MariaDB.
    #[must_use]
    pub fn mysql_pool(&self) -> Option<&sqlx::MySqlPool> {
        raw::mysql_pool(self.plain()?)
    }

    /// A connection of sqlx, in the plugin's database and schema. It goes back when it is dropped.
    ///
    /// What it leaves behind (settings, locks, temporary tables, an open transaction) is undone before somebody else
    /// has it, where plugins share a pool.
    ///
    /// ```
    /// # use greenroom_services::database::{DatabaseClient, DatabaseError};
    /// # use greenroom_services::database::sqlx;
    /// async fn names(client: &DatabaseClient) -> Result<Vec<String>, DatabaseError> {
    ///     let mut connection = client.postgres().await?;
    ///     // With a database at hand while it compiles: `sqlx::query_scalar!("SELECT name FROM tea")`.
    ///     let names = sqlx::query_scalar("SELECT name FROM tea").fetch_all(&mut *connection);
    ///     Ok(names.await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// On another engine than PostgreSQL, and when no connection is to be had within the deadline.
    pub async fn postgres(&self) -> Result<PostgresGuard, DatabaseError> {
        match &self.inner {
            Inner::Shared(membership, target) => {
                Ok(PostgresGuard::shared(membership.acquire(target).await?))
            }
            _ => {
                let pool = self
                    .postgres_pool()
                    .ok_or_else(|| self.other("PostgreSQL"))?;
                let connection = pool.acquire().await;
                Ok(PostgresGuard::own(self.explained(connection)?))
            }
        }
    }

    /// As [`postgres`](Self::postgres) does, on SQLite.
    ///
    /// # Errors
    ///
    /// On another engine than SQLite, and when no connection is to be had within the deadline.
    pub async fn sqlite(&self) -> Result<SqliteGuard, DatabaseError> {
        let pool = self.sqlite_pool().ok_or_else(|| self.other("SQLite"))?;
        let acquiring = pool.acquire();
        let connection = match &self.inner {
            Inner::Own(own) => own.target.patiently(acquiring).await?,
            Inner::Bare(_) | Inner::Shared(..) => acquiring.await,
        };
        self.explained(connection)
    }

    /// As [`postgres`](Self::postgres) does, on MySQL and MariaDB.
    ///
    /// # Errors
    ///
    /// On another engine than MySQL, and when no connection is to be had within the deadline.
    pub async fn mysql(&self) -> Result<MySqlGuard, DatabaseError> {
        let pool = self.mysql_pool().ok_or_else(|| self.other("MySQL"))?;
        let connection = pool.acquire().await;
        self.explained(connection)
    }

    pub(super) fn plain(&self) -> Option<&DatabaseConnection> {
        match &self.inner {
            Inner::Bare(connection) => Some(connection),
            Inner::Own(own) => Some(&own.connection),
            Inner::Shared(..) => None,
        }
    }

    /// Closes its connections. A pool that plugins share is closed by whoever made it.
    pub(super) async fn close(&self) {
        if let Inner::Own(own) = &self.inner {
            match &own.target.pool {
                Pool::Sqlite(pool) => pool.close().await,
                Pool::Postgres(pool) => pool.close().await,
                Pool::MySql(pool) => pool.close().await,
                Pool::Shared(_) => {}
            }
        }
    }

    fn explained<T>(&self, outcome: Result<T, sqlx::Error>) -> Result<T, DatabaseError> {
        outcome.map_err(|error| {
            let error = DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()));
            match &self.inner {
                Inner::Bare(_) => error.into(),
                Inner::Own(own) => own.target.explain(error).into(),
                Inner::Shared(_, target) => target.explain(error).into(),
            }
        })
    }

    fn other(&self, wanted: &str) -> DatabaseError {
        DatabaseError::Unusable(format!(
            "a connection to {wanted} was asked for, but this database is {:?}: `get_database_backend` tells before",
            ConnectionTrait::get_database_backend(self)
        ))
    }
}

#[async_trait]
impl ConnectionTrait for DatabaseClient {
    fn get_database_backend(&self) -> DbBackend {
        match &self.inner {
            Inner::Bare(connection) => connection.get_database_backend(),
            Inner::Own(own) => own.connection.get_database_backend(),
            Inner::Shared(..) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.inner {
            Inner::Bare(connection) => connection.execute_raw(statement).await,
            Inner::Own(own) => {
                own.target
                    .within(own.connection.execute_raw(statement))
                    .await
            }
            Inner::Shared(membership, target) => {
                let mut lease = membership.acquire(target).await?;
                target.within(lease.execute(&statement)).await
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.inner {
            Inner::Bare(connection) => connection.execute_unprepared(sql).await,
            Inner::Own(own) => {
                own.target
                    .within(own.connection.execute_unprepared(sql))
                    .await
            }
            Inner::Shared(membership, target) => {
                let mut lease = membership.acquire(target).await?;
                target.within(lease.execute_unprepared(sql)).await
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Bare(connection) => connection.query_one_raw(statement).await,
            Inner::Own(own) => {
                own.target
                    .within(own.connection.query_one_raw(statement))
                    .await
            }
            Inner::Shared(membership, target) => {
                let mut lease = membership.acquire(target).await?;
                target.within(lease.query_one(&statement)).await
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Bare(connection) => connection.query_all_raw(statement).await,
            Inner::Own(own) => {
                own.target
                    .within(own.connection.query_all_raw(statement))
                    .await
            }
            Inner::Shared(membership, target) => {
                let mut lease = membership.acquire(target).await?;
                target.within(lease.query_all(&statement)).await
            }
        }
    }
}

impl StreamTrait for DatabaseClient {
    type Stream<'a> = BoxStream<'a, Result<QueryResult, DbErr>>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move {
            match &self.inner {
                Inner::Bare(connection) => Ok(connection.stream_raw(statement).await?.boxed()),
                Inner::Own(own) => {
                    let opening = own.target.within(own.connection.stream_raw(statement));
                    let rows = opening.await?;
                    Ok(own.target.rows(rows.boxed(), || {}))
                }
                Inner::Shared(membership, target) => {
                    let lease = membership.acquire(target).await?;
                    Ok(stream_in(Box::new(lease), statement, Rest::Close, target))
                }
            }
        })
    }
}

impl DatabaseClient {
    pub(super) async fn begin_as(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        match &self.inner {
            Inner::Bare(connection) => Ok(connection.begin_with_options(options).await?.into()),
            Inner::Own(own) => {
                let connection = own.connection.clone();
                let begin = async move { connection.begin_with_options(options).await };
                let begun = own.target.within(Beginning::of(begin)).await?;
                Ok(DatabaseTransaction::own(begun, Arc::clone(&own.target)))
            }
            Inner::Shared(membership, target) => {
                let begun = SharedTransaction::begin(membership, target, options);
                Ok(DatabaseTransaction::shared(target.within(begun).await?))
            }
        }
    }
}
