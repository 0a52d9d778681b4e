//! `core.database`: a database of the plugin's own.
//!
//! What a plugin must keep, it keeps here. Each plugin has a database (or a schema) of its own and sees no other's. On a
//! laptop that is SQLite, in a cluster PostgreSQL, by configuration alone; the same query builder and the same
//! entities ([SeaORM](https://www.sea-ql.org/SeaORM/)) serve them all.
//!
//! It opens nothing before somebody asks for [`DatabaseService::client`].

mod beginning;
mod client;
mod conflict;
mod course;
mod error;
mod factory;
mod figures;
mod keys;
mod migrate;
mod migrations;
mod open;
mod raw;
mod retry;
mod root;
mod service;
mod settings;
mod shared;
mod standstill;
mod target;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_di_macros::service;
use sea_orm_migration::MigratorTrait;

pub use client::DatabaseClient;
pub use conflict::{is_conflict, is_serialization_failure};
pub use error::DatabaseError;
pub use factory::{database, root_database};
pub use figures::PoolFigures;
pub use migrate::{MigrationAction, MigrationCommand, MigrationReport, MigrationState};
pub use migrations::Migrations;
pub use raw::{MySqlGuard, PostgresGuard, SqliteGuard};
pub use root::RootDatabase;
pub use settings::DatabaseSettings;
pub use transaction::DatabaseTransaction;
pub use {sea_orm, sea_orm_migration, sqlx};

/// Gives a plugin its own database.
#[service(id = "core.database", provided_by = "greenroom::services::database")]
#[async_trait]
pub trait DatabaseService: Send + Sync + 'static {
    /// The plugin's database. It is made when it is missing, unless the configuration forbids that.
    ///
    /// Cheap after the first time, and cheap to clone: keep it, or ask again.
    ///
    /// # Errors
    ///
    /// When the configuration names no usable database, or the server cannot be reached within the deadline.
    async fn client(&self) -> Result<DatabaseClient, DatabaseError>;

    /// Applies what of these migrations is not applied yet. One replica at a time does, the others wait.
    ///
    /// [`migrate`](trait.DatabaseService.html#method.migrate) is the short form.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, a migration fails, another replica holds the lock for too long, or the
    /// database was migrated by a program that this one does not know.
    async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError>;
}

impl dyn DatabaseService {
    /// Applies what of the migrations of `M` is not applied yet; see [`DatabaseService::apply`].
    ///
    /// # Errors
    ///
    /// Those of [`DatabaseService::apply`].
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<(), DatabaseError> {
        self.apply(Migrations::of::<M>()).await
    }
}

/// The service as a plugin takes it.
pub type Database = Arc<dyn DatabaseService>;
