//! SQLite, in memory or in a file.

use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::{Opened, within_deadline};
use crate::database::client::Own;
use crate::database::conflict::is_busy;
use crate::database::settings::{Place, Plan};
use crate::database::target::{Pool, Target};
use crate::database::{DatabaseClient, DatabaseError};

/// How long a writer waits for another one, of this process or of another.
const BUSY: Duration = Duration::from_secs(10);
/// How long to leave others alone who make the same file, on average.
const AT_IT: Duration = Duration::from_millis(10);

pub(super) async fn open(plan: &Plan, place: &Place) -> Result<Opened, DatabaseError> {
    let (options, place, keeper, pool) = match place {
        Place::Memory => {
            // Each URL is a database of its own, for as long as somebody is connected.
            let options = SqliteConnectOptions::from_str("sqlite::memory:")?.foreign_keys(true);
            let _standstill = plan.standstill();
            let keeper = Some(Mutex::new(options.connect().await?));
            // Two connections to a database in memory lock each other out of whole tables.
            let pool = SqlitePoolOptions::new().max_connections(1);
            (options, "SQLite in memory".to_owned(), keeper, pool)
        }
        Place::File { path, .. } => {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory).map_err(|error| {
                    DatabaseError::Unusable(format!(
                        "plugin `{}`: the directory {} for its database cannot be made: {error}; `backend.database.connection` names it",
                        plan.plugin,
                        directory.display()
                    ))
                })?;
            }
            let options = SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(BUSY);
            let pool = SqlitePoolOptions::new()
                .max_connections(plan.pool.max)
                .min_connections(plan.pool.min)
                .idle_timeout(plan.pool.idle_timeout);
            let place = format!("SQLite in the file {}", path.display());
            (options, place, None, pool)
        }
    };
    // It is in this process: there is nothing to ping, and no connection grows old.
    let pool = pool
        .acquire_timeout(plan.pool.acquire_timeout)
        .test_before_acquire(false)
        .max_lifetime(None);
    let pool = match keeper {
        Some(_) => pool.idle_timeout(None),
        None => pool,
    };
    let max = pool.get_max_connections();
    let pool: SqlitePool = pool.connect_lazy_with(options);
    let target = Target::new(
        &plan.plugin,
        place,
        plan.pool.acquire_timeout,
        None,
        max,
        Pool::Sqlite(pool.clone()),
    );
    let target = Arc::new(target.holding_clock(plan.holds_clock));
    if keeper.is_none() {
        // A file that cannot be opened is told now, and not by the first statement.
        within_deadline(&target, async |last| {
            first(&pool, last)
                .await
                .map_err(|error| target.explain(conn(error)).into())
        })
        .await?;
    }
    let client = DatabaseClient::own(Own {
        connection: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
        target: Arc::clone(&target),
        _keeper: keeper,
    });
    Ok(Opened { client, target })
}

/// Connects for the first time. SQLite does not wait for `BUSY` where that could be for ever, as when several give a new file
/// its journal.
async fn first(pool: &SqlitePool, last: &mut Option<sqlx::Error>) -> sqlx::Result<()> {
    loop {
        match pool.acquire().await {
            Err(error) if error.as_database_error().is_some_and(is_busy) => *last = Some(error),
            other => return other.map(drop),
        }
        tokio::time::sleep(AT_IT.mul_f64(0.5 + fastrand::f64())).await;
    }
}

fn conn(error: sqlx::Error) -> sea_orm::DbErr {
    sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use serde_json::json;
    use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection};

    use super::SqliteConnectOptions;
    use crate::database::testing::root;
    use crate::database::{DatabaseClient, DatabaseError};

    /// A file that somebody is at work on who has not given it its journal.
    async fn begun(file: &Path) -> SqliteConnection {
        let other = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true);
        let mut other = other.connect().await.expect("a file");
        let begin = other.execute("BEGIN IMMEDIATE; CREATE TABLE tea (id INTEGER)");
        begin.await.expect("nobody else is there");
        other
    }

    async fn open(directory: &Path, deadline: Duration) -> Result<DatabaseClient, DatabaseError> {
        let root = root(json!({
            "connection": { "directory": directory },
            "knexConfig": { "acquireConnectionTimeout": deadline.as_millis() },
        }));
        root.for_plugin("tea").client().await
    }

    #[tokio::test]
    async fn who_makes_the_file_at_the_same_time_is_waited_for() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut other = begun(&directory.path().join("tea.sqlite")).await;
        let opening = open(directory.path(), Duration::from_secs(60));
        let mut opening = std::pin::pin!(opening);
        let early = tokio::time::timeout(Duration::from_millis(100), &mut opening).await;
        early.map(drop).expect_err("the other one is not done");
        other.execute("COMMIT").await.expect("it is done");
        opening.await.expect("nobody is in the way");
    }

    #[tokio::test]
    async fn nobody_is_waited_for_without_end() {
        let directory = tempfile::tempdir().expect("a directory");
        let _other = begun(&directory.path().join("tea.sqlite")).await;
        let error = open(directory.path(), Duration::from_secs(1)).await;
        let error = error.expect_err("the other one never ends").to_string();
        for part in [
            "plugin `tea`: no connection to SQLite in the file",
            "within 1 s",
            "database is locked",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }
}
