//! A plugin with a migration that stands still in the middle, until the test lets it go on.

use greenroom::database::Database;
use greenroom::database::sea_orm::ConnectionTrait as _;
use greenroom::database::sea_orm_migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager,
};
use greenroom::prelude::*;

#[backend_plugin(id = "migrating")]
pub(super) async fn plugin(database: Database) -> Result<()> {
    database.migrate::<Migrator>().await?;
    Ok(())
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First), Box::new(Second)]
    }
}

struct First;

struct Second;

impl MigrationName for First {
    fn name(&self) -> &str {
        "m1_first"
    }
}

impl MigrationName for Second {
    fn name(&self) -> &str {
        "m2_second"
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        let connection = manager.get_connection();
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["CREATE TABLE tea (id INTEGER)"]).await
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Second {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The test holds this lock.
        let halves = [
            "INSERT INTO tea VALUES (1)",
            "CREATE TABLE half (id INTEGER)",
            "SELECT pg_advisory_xact_lock(4711)",
            "INSERT INTO half VALUES (1)",
        ];
        run(manager, &halves).await
    }
}
