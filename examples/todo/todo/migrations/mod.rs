//! How the tables came to be what they are, the oldest first. One that was released is never changed: another follows it.
//!
//! Each does one thing. MySQL ends a transaction at every change of a table, so that one which fails half way could not be
//! undone there.

use greenroom::database::sea_orm_migration::prelude::*;

mod m20260901_000001_todos;
mod m20260901_000002_todos_by_owner;
mod m20261001_000001_reminders;

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20260901_000001_todos::Migration),
            Box::new(m20260901_000002_todos_by_owner::Migration),
            Box::new(m20261001_000001_reminders::Migration),
        ]
    }
}
