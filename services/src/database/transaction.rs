//! A transaction of a plugin.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StreamTrait, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};

use super::DatabaseClient;
use super::course::Course;
use super::shared::{Rest, SharedTransaction, stream_in};
use super::target::Target;

/// A transaction: what it does is visible to others after [`commit`](Self::commit), and undone when it is dropped before.
#[derive(Debug)]
pub struct DatabaseTransaction {
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    /// On a connection of a pool that this plugin alone uses.
    Own(
        sea_orm::DatabaseTransaction,
        Option<Arc<Target>>,
        Arc<Course>,
    ),
    /// On a connection of a pool that plugins share.
    Shared(SharedTransaction),
}

impl DatabaseTransaction {
    pub(super) fn own(transaction: sea_orm::DatabaseTransaction, target: Arc<Target>) -> Self {
        Self {
            inner: Inner::Own(transaction, Some(target), Arc::default()),
        }
    }

    pub(super) fn shared(transaction: SharedTransaction) -> Self {
        Self {
            inner: Inner::Shared(transaction),
        }
    }

    /// Makes what it did last.
    ///
    /// # Errors
    ///
    /// When the database refuses, or the connection is gone; nothing is kept then. On PostgreSQL also after a statement
    /// that failed: one that may fail goes into a transaction of its own, inside of this one.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Own(transaction, target, course) => {
                let target = target.as_deref();
                course.check(target)?;
                if course.has_failed()
                    && ConnectionTrait::get_database_backend(&transaction) == DbBackend::Postgres
                {
                    // It answers the commit of a transaction that has failed by undoing it, and calls that no error.
                    let ask = transaction.execute_unprepared("SELECT 1");
                    course.statement(target, ask).await?;
                }
                course.step(target, transaction.commit()).await
            }
            Inner::Shared(transaction) => {
                let target = Arc::clone(transaction.target());
                target.within(transaction.commit()).await
            }
        }
    }

    /// Undoes what it did.
    ///
    /// # Errors
    ///
    /// When the connection is gone; nothing is kept then either.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.inner {
            Inner::Own(transaction, target, course) => {
                course.step(target.as_deref(), transaction.rollback()).await
            }
            Inner::Shared(transaction) => {
                let target = Arc::clone(transaction.target());
                target.within(transaction.rollback()).await
            }
        }
    }

    /// Runs the callback, and commits if it says so.
    pub(super) async fn run<F, T, E>(self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        match callback(&self).await {
            Ok(value) => {
                self.commit().await.map_err(TransactionError::Connection)?;
                Ok(value)
            }
            Err(error) => {
                self.rollback()
                    .await
                    .map_err(TransactionError::Connection)?;
                Err(TransactionError::Transaction(error))
            }
        }
    }
}

impl From<sea_orm::DatabaseTransaction> for DatabaseTransaction {
    fn from(transaction: sea_orm::DatabaseTransaction) -> Self {
        Self {
            inner: Inner::Own(transaction, None, Arc::default()),
        }
    }
}

#[async_trait]
impl TransactionSession for DatabaseTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        Self::commit(self).await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        Self::rollback(self).await
    }
}

#[async_trait]
impl ConnectionTrait for DatabaseTransaction {
    fn get_database_backend(&self) -> DbBackend {
        match &self.inner {
            Inner::Own(transaction, ..) => ConnectionTrait::get_database_backend(transaction),
            Inner::Shared(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.inner {
            Inner::Own(transaction, target, course) => {
                let work = transaction.execute_raw(statement);
                course.statement(target.as_deref(), work).await
            }
            Inner::Shared(transaction) => {
                let work = async { transaction.lease().await?.execute(&statement).await };
                transaction.target().within(work).await
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.inner {
            Inner::Own(transaction, target, course) => {
                let work = transaction.execute_unprepared(sql);
                course.statement(target.as_deref(), work).await
            }
            Inner::Shared(transaction) => {
                let work = async { transaction.lease().await?.execute_unprepared(sql).await };
                transaction.target().within(work).await
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Own(transaction, target, course) => {
                let work = transaction.query_one_raw(statement);
                course.statement(target.as_deref(), work).await
            }
            Inner::Shared(transaction) => {
                let work = async { transaction.lease().await?.query_one(&statement).await };
                transaction.target().within(work).await
            }
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.inner {
            Inner::Own(transaction, target, course) => {
                let work = transaction.query_all_raw(statement);
                course.statement(target.as_deref(), work).await
            }
            Inner::Shared(transaction) => {
                let work = async { transaction.lease().await?.query_all(&statement).await };
                transaction.target().within(work).await
            }
        }
    }
}

impl StreamTrait for DatabaseTransaction {
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
                Inner::Own(transaction, target, course) => {
                    let target = target.as_deref();
                    let opening = transaction.stream_raw(statement);
                    let rows = course.statement(target, opening).await?;
                    Ok(course.rows(target, rows.boxed()))
                }
                Inner::Shared(transaction) => {
                    let lease = transaction.lease();
                    let lease = transaction.target().within(lease).await?;
                    Ok(stream_in(
                        lease,
                        statement,
                        Rest::Read,
                        transaction.target(),
                    ))
                }
            }
        })
    }
}

impl DatabaseTransaction {
    async fn begin_as(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        match &self.inner {
            Inner::Own(transaction, target, course) => {
                let begun = transaction.begin_with_options(options);
                let begun = course.begin(target.as_deref(), begun).await?;
                Ok(Self {
                    inner: Inner::Own(begun, target.clone(), Arc::clone(course)),
                })
            }
            Inner::Shared(transaction) => Ok(Self::shared(
                transaction.target().within(transaction.nested()).await?,
            )),
        }
    }
}

/// What SeaORM wants to know of something that begins transactions, over its `begin_as`.
macro_rules! begins_transactions {
    ($type:ty) => {
        #[async_trait]
        impl TransactionTrait for $type {
            type Transaction = DatabaseTransaction;

            async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
                self.begin_as(TransactionOptions::default()).await
            }

            async fn begin_with_config(
                &self,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<DatabaseTransaction, DbErr> {
                self.begin_as(TransactionOptions {
                    isolation_level,
                    access_mode,
                    ..TransactionOptions::default()
                })
                .await
            }

            async fn begin_with_options(
                &self,
                options: TransactionOptions,
            ) -> Result<DatabaseTransaction, DbErr> {
                self.begin_as(options).await
            }

            async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c DatabaseTransaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                self.transaction_with_config(callback, None, None).await
            }

            async fn transaction_with_config<F, T, E>(
                &self,
                callback: F,
                isolation_level: Option<IsolationLevel>,
                access_mode: Option<AccessMode>,
            ) -> Result<T, TransactionError<E>>
            where
                F: for<'c> FnOnce(
                        &'c DatabaseTransaction,
                    )
                        -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
                    + Send,
                T: Send,
                E: std::fmt::Display + std::fmt::Debug + Send,
            {
                let begun = self.begin_with_config(isolation_level, access_mode).await;
                let transaction = begun.map_err(TransactionError::Connection)?;
                transaction.run(callback).await
            }
        }
    };
}

begins_transactions!(DatabaseClient);
begins_transactions!(DatabaseTransaction);
