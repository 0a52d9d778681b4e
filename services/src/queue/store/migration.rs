//! The table, in each SQL.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use super::TABLE;

/// The migrations of the queue, beside the plugin's own.
pub(in super::super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Jobs)]
    }

    fn migration_table_name() -> DynIden {
        "greenroom_queue_migrations".into_iden()
    }
}

struct Jobs;

impl MigrationName for Jobs {
    fn name(&self) -> &'static str {
        "m20261123_000001_jobs"
    }
}

/// What differs between the dialects. An id is never used again: a lease is one of a job, and not of a row.
struct Types {
    id: &'static str,
    name: &'static str,
    key: &'static str,
    text: &'static str,
}

fn types(backend: DatabaseBackend) -> Types {
    match backend {
        DatabaseBackend::Postgres => Types {
            id: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            name: "TEXT",
            key: "TEXT",
            text: "TEXT",
        },
        DatabaseBackend::MySql => Types {
            id: "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY",
            name: "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin",
            key: "VARBINARY(255)",
            text: "LONGTEXT CHARACTER SET utf8mb4",
        },
        _ => Types {
            id: "INTEGER PRIMARY KEY AUTOINCREMENT",
            name: "TEXT",
            key: "TEXT",
            text: "TEXT",
        },
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Jobs {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let Types {
            id,
            name,
            key,
            text,
        } = types(connection.get_database_backend());
        // `place` is the priority upside down: an index in one direction serves every database.
        let statements = [
            format!(
                "CREATE TABLE {TABLE} (
                    id {id},
                    queue {name} NOT NULL,
                    state BIGINT NOT NULL,
                    place BIGINT NOT NULL,
                    due BIGINT NOT NULL,
                    attempt BIGINT NOT NULL,
                    lease BIGINT NOT NULL,
                    enqueued BIGINT NOT NULL,
                    idempotency_key {key},
                    payload {text} NOT NULL,
                    reason {text}
                )"
            ),
            format!("CREATE UNIQUE INDEX {TABLE}_key ON {TABLE} (queue, idempotency_key)"),
            format!("CREATE INDEX {TABLE}_next ON {TABLE} (queue, state, place, due, id)"),
            format!("CREATE INDEX {TABLE}_due ON {TABLE} (state, due)"),
        ];
        for statement in statements {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(TABLE).to_owned();
        manager.drop_table(table).await
    }
}
