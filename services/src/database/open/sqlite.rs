//! SQLite, in memory or in a file.

use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::Opened;
use crate::database::client::Own;
use crate::database::settings::{Place, Plan};
use crate::database::target::{Pool, Target};
use crate::database::{DatabaseClient, DatabaseError};

/// How long a writer waits for another one, of this process or of another.
const BUSY: Duration = Duration::from_secs(10);

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
        let first = pool.acquire().await;
        drop(first.map_err(|error| target.explain(conn(error)))?);
    }
    let client = DatabaseClient::own(Own {
        connection: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool),
        target: Arc::clone(&target),
        _keeper: keeper,
    });
    Ok(Opened { client, target })
}

fn conn(error: sqlx::Error) -> sea_orm::DbErr {
    sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into()))
}
