//! PostgreSQL: a database for each plugin, or one for all with a schema for each.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::admin::{Admin, Made};
use super::{Opened, connect, place_of, see_alive, settle, within_deadline};
use crate::database::beginning::note_connected;
use crate::database::client::Own;
use crate::database::settings::{Plan, Server};
use crate::database::shared::{SharedPool, quoted};
use crate::database::target::{Pool, Target};
use crate::database::{DatabaseClient, DatabaseError};

/// A connection that was used a moment ago is taken to be alive; after this time it is asked first.
const FRESH: Duration = Duration::from_secs(1);

/// The databases that are there from the beginning, to be connected with while one is made.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// With the database, and without a schema.
pub(in crate::database) fn options(
    server: &Server,
    options: &PgConnectOptions,
) -> PgConnectOptions {
    options.clone().database(&server.database)
}

pub(super) async fn open(
    plan: &Plan,
    server: &Server,
    without: &PgConnectOptions,
    admin: &Admin,
    shared: impl FnOnce(&Server) -> SharedPool + Send,
) -> Result<Opened, DatabaseError> {
    let options = options(server, without);
    let place = place_of("PostgreSQL", server);
    let target = |pool, max| {
        Arc::new(Target::new(
            &plan.plugin,
            place.clone(),
            plan.pool.acquire_timeout,
            plan.statement_timeout,
            max,
            pool,
        ))
    };
    if let Some(schema) = &server.schema {
        let membership =
            shared(server).join(&plan.plugin, schema, server.role.as_deref(), plan.pool.max);
        let max = membership.quota();
        let target = target(Pool::Shared(membership.clone()), max);
        prepare(plan, server, &options, admin, &target).await?;
        let client = DatabaseClient::shared(membership, Arc::clone(&target));
        return Ok(Opened { client, target });
    }
    let role = server.role.clone();
    let pool = PgPoolOptions::new()
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
        .after_connect(move |connection, _| {
            let role = role.clone();
            Box::pin(async move {
                take_role(connection, role.as_deref()).await?;
                note_connected();
                Ok(())
            })
        })
        .connect_lazy_with(options.clone());
    let target = target(Pool::Postgres(pool.clone()), plan.pool.max);
    prepare(plan, server, &options, admin, &target).await?;
    let client = DatabaseClient::own(Own {
        connection: SqlxPostgresConnector::from_sqlx_postgres_pool(pool),
        target: Arc::clone(&target),
        _keeper: None,
    });
    Ok(Opened { client, target })
}

/// Works in the name of a role from now on.
pub(in crate::database) async fn take_role(
    connection: &mut PgConnection,
    role: Option<&str>,
) -> sqlx::Result<()> {
    if let Some(role) = role {
        let sql = format!("SET ROLE {}", quoted(role));
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// Sees to it that database and schema are there, within the deadline for a connection.
async fn prepare(
    plan: &Plan,
    server: &Server,
    options: &PgConnectOptions,
    admin: &Admin,
    target: &Target,
) -> Result<(), DatabaseError> {
    within_deadline(target, async |last| {
        let mut connection = match connect(options, last).await {
            Err(error) if is(&error, "3D000") && server.ensure_exists => {
                create_database(plan, server, options, admin).await?;
                connect(options, last).await
            }
            other => other,
        }
        .map_err(|error| match is(&error, "3D000") {
            true => missing_database(plan, server),
            false => target.unreachable(&error).into(),
        })?;
        if let Some(schema) = &server.schema {
            ensure_schema(plan, server, schema, &mut connection, admin).await?;
        }
        let _ = connection.close().await;
        Ok(())
    })
    .await
}

async fn create_database(
    plan: &Plan,
    server: &Server,
    options: &PgConnectOptions,
    admin: &Admin,
) -> Result<(), DatabaseError> {
    let sql = format!("CREATE DATABASE {}", quoted(&server.database));
    admin
        .make(|| async {
            let mut connection = match maintenance(options).await {
                Ok(connection) => connection,
                Err(error) => return Made::Again(error),
            };
            let made = take_role(&mut connection, server.role.as_deref()).await;
            let made = match made {
                Ok(()) => connection.execute(AssertSqlSafe(sql.as_str())).await,
                Err(error) => Err(error),
            };
            let _ = connection.close().await;
            match made {
                Ok(_) => Made::Done,
                // Another replica was first.
                Err(error) if is(&error, "42P04") => Made::Done,
                // Another replica is at it, with this database or with the template.
                Err(error) if is(&error, "23505") || is(&error, "55006") => Made::Again(error),
                Err(error) => Made::Failed(DatabaseError::Unusable(format!(
                    "plugin `{}`: its database `{}` is missing on {}, and cannot be made as `{}`: {error}; make it, or let the user make databases",
                    plan.plugin, server.database, server.address, server.user
                ))),
            }
        })
        .await
}

/// A connection to a database that is not the plugin's.
async fn maintenance(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    let mut failed = None;
    for name in MAINTENANCE {
        match options.clone().database(name).connect().await {
            Ok(connection) => return Ok(connection),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(failed.unwrap_or(sqlx::Error::PoolClosed))
}

async fn ensure_schema(
    plan: &Plan,
    server: &Server,
    schema: &str,
    connection: &mut PgConnection,
    admin: &Admin,
) -> Result<(), DatabaseError> {
    const EXISTS: &str = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)";
    let exists = sqlx::query_scalar(EXISTS).bind(schema);
    let exists: bool = exists.fetch_one(&mut *connection).await?;
    if exists {
        return Ok(());
    }
    if !server.ensure_schema_exists {
        return Err(DatabaseError::Unusable(format!(
            "plugin `{}`: its schema `{schema}` is missing in {}; make it, or set `backend.database.ensureSchemaExists: true`",
            plan.plugin,
            place_of("PostgreSQL", server)
        )));
    }
    take_role(connection, server.role.as_deref()).await?;
    let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema));
    let connection = tokio::sync::Mutex::new(connection);
    admin
        .make(|| async {
            let mut connection = connection.lock().await;
            match connection.execute(AssertSqlSafe(sql.as_str())).await {
                Ok(_) => Made::Done,
                Err(error) if is(&error, "42P06") => Made::Done,
                // In spite of `IF NOT EXISTS`, when two do it at once.
                Err(error) if is(&error, "23505") => Made::Again(error),
                Err(error) => Made::Failed(DatabaseError::Unusable(format!(
                    "plugin `{}`: its schema `{schema}` is missing in {}, and cannot be made as `{}`: {error}; make it, or let the user make schemas",
                    plan.plugin,
                    place_of("PostgreSQL", server),
                    server.user
                ))),
            }
        })
        .await
}

fn missing_database(plan: &Plan, server: &Server) -> DatabaseError {
    DatabaseError::Unusable(format!(
        "plugin `{}`: its database `{}` is missing on {}; make it, or set `backend.database.ensureExists: true`",
        plan.plugin, server.database, server.address
    ))
}

fn is(error: &sqlx::Error, code: &str) -> bool {
    let error = error.as_database_error();
    error.and_then(|error| error.code()).as_deref() == Some(code)
}
