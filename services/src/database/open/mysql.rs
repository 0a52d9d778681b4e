//! MySQL and MariaDB: a database for each plugin.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::SqlxMySqlConnector;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::admin::{Admin, Made};
use super::{Opened, connect, place_of, see_alive, settle, within_deadline};
use crate::database::beginning::note_connected;
use crate::database::client::Own;
use crate::database::settings::{Plan, Server};
use crate::database::target::{Pool, Target};
use crate::database::{DatabaseClient, DatabaseError};

/// A connection that was used a moment ago is taken to be alive; after this time it is asked first.
const FRESH: Duration = Duration::from_secs(1);

/// With the database.
pub(in crate::database) fn options(
    server: &Server,
    options: &MySqlConnectOptions,
) -> MySqlConnectOptions {
    options.clone().database(&server.database)
}

pub(super) async fn open(
    plan: &Plan,
    server: &Server,
    without: &MySqlConnectOptions,
    admin: &Admin,
) -> Result<Opened, DatabaseError> {
    let options = options(server, without);
    let pool = MySqlPoolOptions::new()
        .min_connections(plan.pool.min)
        .max_connections(plan.pool.max)
        .acquire_timeout(plan.pool.acquire_timeout)
        .idle_timeout(plan.pool.idle_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for >= FRESH {
                    see_alive(connection).await?;
                }
                note_connected();
                Ok(true)
            })
        })
        .after_release(|connection, _| Box::pin(settle(connection)))
        .after_connect(|_, _| {
            note_connected();
            Box::pin(async { Ok(()) })
        })
        .connect_lazy_with(options.clone());
    let target = Arc::new(Target::new(
        &plan.plugin,
        place_of("MySQL", server),
        plan.pool.acquire_timeout,
        plan.statement_timeout,
        plan.pool.max,
        Pool::MySql(pool.clone()),
    ));
    prepare(plan, server, without, &options, admin, &target).await?;
    let client = DatabaseClient::own(Own {
        connection: SqlxMySqlConnector::from_sqlx_mysql_pool(pool),
        target: Arc::clone(&target),
        _keeper: None,
    });
    Ok(Opened { client, target })
}

/// Sees to it that the database is there, within the deadline for a connection.
async fn prepare(
    plan: &Plan,
    server: &Server,
    without: &MySqlConnectOptions,
    options: &MySqlConnectOptions,
    admin: &Admin,
    target: &Target,
) -> Result<(), DatabaseError> {
    within_deadline(target, async |last| {
        match connect(options, last).await {
            Ok(connection) => {
                let _ = connection.close().await;
                Ok(())
            }
            Err(error) if is_unknown_database(&error) && server.ensure_exists => {
                create(plan, server, without, admin).await
            }
            Err(error) if is_unknown_database(&error) => Err(DatabaseError::Unusable(format!(
                "plugin `{}`: its database `{}` is missing on {}; make it, or set `backend.database.ensureExists: true`",
                plan.plugin, server.database, server.address
            ))),
            Err(error) => Err(target.unreachable(&error).into()),
        }
    })
    .await
}

async fn create(
    plan: &Plan,
    server: &Server,
    options: &MySqlConnectOptions,
    admin: &Admin,
) -> Result<(), DatabaseError> {
    let name = server.database.replace('`', "``");
    let sql = format!("CREATE DATABASE IF NOT EXISTS `{name}`");
    admin
        .make(|| async {
            let mut connection = match options.connect().await {
                Ok(connection) => connection,
                Err(error) => return Made::Again(error),
            };
            let made = connection.execute(AssertSqlSafe(sql.as_str())).await;
            let _ = connection.close().await;
            match made {
                Ok(_) => Made::Done,
                Err(error) => Made::Failed(DatabaseError::Unusable(format!(
                    "plugin `{}`: its database `{}` is missing on {}, and cannot be made as `{}`: {error}; make it, or let the user make databases",
                    plan.plugin, server.database, server.address, server.user
                ))),
            }
        })
        .await
}

/// Unknown, or not to be told from one that is unknown by a user who may not see it.
fn is_unknown_database(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>());
    error.is_some_and(|error| [1049, 1044].contains(&error.number()))
}
