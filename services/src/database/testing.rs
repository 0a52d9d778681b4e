//! Databases for tests: SQLite in memory for those of other services, and what a configuration says.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{ConnectOptions, DatabaseConnection};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::{Value, json};

use super::{
    Database, DatabaseClient, DatabaseError, DatabaseService, DatabaseSettings, Migrations,
    RootDatabase,
};
use crate::clock::SystemClock;
use crate::config::{Config, FromConfig as _};

struct Memory(DatabaseConnection);

#[async_trait]
impl DatabaseService for Memory {
    async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
        Ok(self.0.clone().into())
    }

    async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError> {
        Ok(migrations.up(&self.0, None).await?)
    }
}

/// A database of its own for each call.
pub(crate) async fn memory() -> Database {
    let mut options = ConnectOptions::new("sqlite::memory:");
    // Each connection would have a database of its own.
    options.max_connections(1).min_connections(1);
    let connection = sea_orm::Database::connect(options)
        .await
        .expect("SQLite in memory needs nothing");
    Arc::new(Memory(connection))
}

/// The databases of `backend.database`.
pub(super) fn root(database: Value) -> RootDatabase {
    let config = Config::from_json(json!({ "backend": { "database": database } }));
    let settings = DatabaseSettings::from_config(&config).expect("it is valid");
    let meter = opentelemetry::global::meter("test");
    RootDatabase::new(settings, Arc::new(SystemClock), &meter, None)
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, TransactionTrait};

    use super::memory;

    #[tokio::test]
    async fn it_keeps_what_is_written() {
        let client = memory().await.client().await.expect("a client");
        client
            .execute_unprepared("CREATE TABLE kept (id INTEGER PRIMARY KEY)")
            .await
            .expect("a table");
        let transaction = client.begin().await.expect("a transaction");
        transaction
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .expect("a row");
        transaction.commit().await.expect("kept");
        let row = client
            .query_one_raw(sea_orm::Statement::from_string(
                client.get_database_backend(),
                "SELECT count(*) AS n FROM kept",
            ))
            .await
            .expect("an answer")
            .expect("a row");
        assert_eq!(row.try_get::<i64>("", "n").expect("a number"), 1);
    }
}
