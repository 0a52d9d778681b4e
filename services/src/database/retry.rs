//! Transactions that are run again when they lose to another one.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use greenroom_di_core::error_chain;
use sea_orm::{DbErr, TransactionError, TransactionOptions, TransactionTrait as _};
use tokio::time::sleep;

use super::{DatabaseClient, DatabaseTransaction, is_serialization_failure};

/// How often a transaction is begun at most.
const TRIES: u32 = 5;
/// Before the second try; it doubles from try to try.
const PAUSE: Duration = Duration::from_millis(20);

/// What a transaction returns, in a box.
type Work<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

impl DatabaseClient {
    /// Runs a transaction, and runs it again when it loses to another one: up to five times, with growing pauses.
    ///
    /// The callback may run more than once, so it does nothing but work on the database. An error of its own ends it
    /// at once, unless a [`DbErr`] that [`is_serialization_failure`] knows is among the sources of that error.
    ///
    /// ```
    /// # use greenroom_services::database::DatabaseClient;
    /// # use greenroom_services::database::sea_orm::{
    /// #     ConnectionTrait, DbErr, IsolationLevel, TransactionError, TransactionOptions,
    /// # };
    /// async fn sell(client: &DatabaseClient) -> Result<(), TransactionError<DbErr>> {
    ///     let options = TransactionOptions {
    ///         isolation_level: Some(IsolationLevel::Serializable),
    ///         ..TransactionOptions::default()
    ///     };
    ///     client
    ///         .retrying(options, |transaction| {
    ///             Box::pin(async move {
    ///                 let sql = "UPDATE tea SET stock = stock - 1 WHERE name = 'oolong'";
    ///                 transaction.execute_unprepared(sql).await?;
    ///                 Ok(())
    ///             })
    ///         })
    ///         .await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// That of the last try.
    pub async fn retrying<F, T, E>(
        &self,
        options: TransactionOptions,
        mut callback: F,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnMut(&'c DatabaseTransaction) -> Work<'c, T, E> + Send,
        T: Send,
        E: std::error::Error + Display + Debug + Send + 'static,
    {
        let mut tries = 1;
        loop {
            let begun = self.begin_with_options(options).await;
            let outcome = match begun {
                Ok(transaction) => transaction.run(|inner| callback(inner)).await,
                Err(error) => Err(TransactionError::Connection(error)),
            };
            let error = match outcome {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let lost = match &error {
                TransactionError::Connection(error) => is_serialization_failure(error),
                TransactionError::Transaction(error) => is_among_sources(error),
            };
            if !lost || tries >= TRIES {
                return Err(error);
            }
            // Those who got in each other's way do not come back at one moment.
            let pause = PAUSE * 2_u32.pow(tries - 1);
            sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            tries += 1;
        }
    }
}

fn is_among_sources(error: &(dyn std::error::Error + 'static)) -> bool {
    error_chain(error)
        .filter_map(|error| error.downcast_ref::<DbErr>())
        .any(is_serialization_failure)
}
