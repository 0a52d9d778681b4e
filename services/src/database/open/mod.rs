//! From a plan to a database that is there: made if it is missing, and a pool that connects when it is needed.

mod admin;
mod mysql;
mod postgres;
mod sqlite;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::settings::{Engine, Plan, Server, ServerOptions};
use super::shared::{SharedPool, is_passing};
use super::{DatabaseClient, DatabaseError};

use super::target::Target;
pub(super) use admin::Admin;
pub(super) use mysql::options as mysql_options;
pub(super) use postgres::options as postgres_options;

/// How long a connection that was idle may take to say that it is alive.
pub(super) const SIGN_OF_LIFE: Duration = Duration::from_secs(1);
/// How long a connection that comes back may take to answer what it was asked before: whoever asked has lost patience.
const SETTLING: Duration = Duration::from_secs(1);

/// The database of a plugin, opened.
pub(super) struct Opened {
    pub(super) client: DatabaseClient,
    pub(super) target: Arc<Target>,
}

/// Opens what a plan says. `pool` gives the pool that plugins share, if they share one.
pub(super) async fn open(
    plan: &Plan,
    admin: &Admin,
    pool: impl FnOnce(&Server) -> SharedPool + Send,
) -> Result<Opened, DatabaseError> {
    match &plan.engine {
        Engine::Sqlite(place) => sqlite::open(plan, place).await,
        Engine::Server(server) => match &server.options {
            ServerOptions::Postgres(options) => {
                postgres::open(plan, server, options, admin, pool).await
            }
            ServerOptions::MySql(options) => mysql::open(plan, server, options, admin).await,
        },
    }
}

/// Sees to it that a connection that was idle is alive; otherwise the pool closes it.
async fn see_alive<C: Connection>(connection: &mut C) -> sqlx::Result<()> {
    answered(SIGN_OF_LIFE, connection.ping()).await
}

/// Waits for what a connection that comes back was asked and has not answered, such as a statement that was given up. It
/// holds its place in the pool meanwhile, so when that takes long, the pool closes it.
async fn settle<C: Connection>(connection: &mut C) -> sqlx::Result<bool> {
    answered(SETTLING, connection.flush()).await?;
    Ok(true)
}

/// The answer of a server, or an error when there is none within the deadline.
pub(super) async fn answered<T>(
    limit: Duration,
    answer: impl Future<Output = sqlx::Result<T>> + Send,
) -> sqlx::Result<T> {
    match timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            format!("no answer within {} s", limit.as_secs_f64()),
        ))),
    }
}

/// Does what a database needs before it is used, within the deadline for a connection. `work` notes what its last try came to.
async fn within_deadline(
    target: &Target,
    work: impl AsyncFnOnce(&mut Option<sqlx::Error>) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let mut last = None;
    match timeout(target.acquire_timeout, work(&mut last)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(target.no_connection(last.as_ref()).into()),
    }
}

/// Connects to a server that may be starting.
async fn connect<O>(options: &O, last: &mut Option<sqlx::Error>) -> sqlx::Result<O::Connection>
where
    O: ConnectOptions<Connection: Sized>,
{
    let mut pause = Duration::from_millis(20);
    loop {
        match options.connect().await {
            Err(error) if is_passing(&error) => *last = Some(error),
            other => return other,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

/// The engine and the place of a database, as messages have it.
pub(super) fn place_of(engine: &str, server: &Server) -> String {
    let schema = server.schema.as_ref();
    let schema = schema.map_or(String::new(), |schema| format!(", schema `{schema}`"));
    format!(
        "{engine} at {}, database `{}`{schema}",
        server.address, server.database
    )
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use super::answered;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_given_up() {
        let limit = Duration::from_secs(3);
        let never = answered::<()>(limit, pending()).await;
        let error = never.expect_err("nobody answers").to_string();
        assert!(error.contains("no answer within 3 s"), "{error}");
        let answer = answered(limit, ready(Ok(1))).await;
        assert_eq!(answer.expect("it is there"), 1);
    }
}
