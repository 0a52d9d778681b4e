//! A database in memory for the plugins of this backend, whatever the recorded configuration says: the one that it names
//! was there for the recording alone.

use std::sync::Arc;

use async_trait::async_trait;
use greenroom::prelude::*;
use greenroom_services::database::{
    Database, DatabaseClient, DatabaseError, DatabaseService, Migrations,
};
use sea_orm::{ConnectOptions, DatabaseConnection};
use sea_orm_migration::MigratorTraitSelf as _;

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

#[service_factory]
pub async fn memory_database() -> Result<Database> {
    let mut options = ConnectOptions::new("sqlite::memory:");
    // Each connection would have a database of its own.
    options.max_connections(1).min_connections(1);
    let connection = sea_orm::Database::connect(options).await?;
    Ok(Arc::new(Memory(connection)))
}
