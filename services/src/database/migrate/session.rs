//! Where migrations run: on connections of their own, while the lock is held.

use sea_orm::{DatabaseConnection, RuntimeErr, SqlxMySqlConnector, SqlxPostgresConnector};
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::sync::Mutex;

use super::Context;
use super::attentive::be_attentive;
use super::lock::{Lock, signed};
use crate::database::open::{mysql_options, postgres_options};
use crate::database::settings::{Engine, ServerOptions};
use crate::database::shared::quoted;
use crate::database::{DatabaseError, Migrations};

/// A connection and the lock.
pub(super) struct Session {
    connection: DatabaseConnection,
    lock: Mutex<Lock>,
    /// The connection was made for this.
    is_own: bool,
}

impl Session {
    pub(super) async fn begin(
        context: &Context,
        migrations: Migrations,
    ) -> Result<Self, DatabaseError> {
        let lock = Mutex::new(Lock::take(context, &migrations.table()).await?);
        let plan = &context.plan;
        let server = match &plan.engine {
            Engine::Server(server) => server,
            Engine::Sqlite(_) => {
                let connection = context.client.plain().ok_or_else(|| {
                    DatabaseError::Unusable("SQLite is never shared by plugins".to_owned())
                })?;
                return Ok(Self {
                    connection: connection.clone(),
                    lock,
                    is_own: false,
                });
            }
        };
        // A migration may take long, and no other one waits for its connection: so it has one of its own, with no
        // deadline for statements.
        let connection = match &server.options {
            ServerOptions::Postgres(options) => {
                let role = server.role.as_ref();
                let role = role.map(|role| format!("SET ROLE {}; ", quoted(role)));
                let schema = server.schema.as_ref();
                let schema = schema.map(|schema| format!("SET search_path TO {}", quoted(schema)));
                let greeting =
                    format!("{}{}", role.unwrap_or_default(), schema.unwrap_or_default());
                let pool = PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(plan.pool.acquire_timeout)
                    .after_connect(move |connection, _| {
                        let greeting = greeting.clone();
                        Box::pin(async move {
                            connection.execute(AssertSqlSafe(greeting)).await?;
                            be_attentive(connection).await;
                            Ok(())
                        })
                    })
                    .connect_lazy_with(signed(postgres_options(server, options), &plan.plugin));
                SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
            }
            ServerOptions::MySql(options) => {
                let pool = MySqlPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(plan.pool.acquire_timeout)
                    .connect_lazy_with(mysql_options(server, options));
                SqlxMySqlConnector::from_sqlx_mysql_pool(pool)
            }
        };
        Ok(Self {
            connection,
            lock,
            is_own: true,
        })
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Sees to it that the lock was not lost with its connection.
    pub(super) async fn still_alone(&self, context: &Context) -> Result<(), DatabaseError> {
        let mut lock = self.lock.lock().await;
        let limit = context.plan.pool.acquire_timeout;
        lock.check(limit).await.map_err(|error| {
            let error = sea_orm::DbErr::Conn(RuntimeErr::Internal(format!(
                "the connection that held the lock for migrations is gone: {error}; what was applied is applied, the rest is left for the next start"
            )));
            error.into()
        })
    }

    /// Gives the lock back.
    pub(super) async fn end(self) {
        if self.is_own {
            let _ = self.connection.close().await;
        }
        self.lock.into_inner().release().await;
    }
}
