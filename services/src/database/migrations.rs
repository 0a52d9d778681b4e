//! A list of migrations as a value, so that a service that is behind `dyn` can take it.

use std::fmt;

use sea_orm_migration::sea_orm::DynIden;
use sea_orm_migration::{MigrationTrait, MigratorTrait, MigratorTraitSelf};

/// The migrations of one migrator, in their order, and the table that remembers which are applied.
#[derive(Clone, Copy)]
pub struct Migrations {
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
    table: fn() -> DynIden,
    is_of_a_service: bool,
}

impl Migrations {
    /// Those of `M`.
    #[must_use]
    pub fn of<M: MigratorTrait>() -> Self {
        Self {
            migrations: <M as MigratorTrait>::migrations,
            table: <M as MigratorTrait>::migration_table_name,
            is_of_a_service: false,
        }
    }

    /// The same, for tables that a service makes for itself in a plugin's database: `migrate down` leaves them alone, because
    /// who takes back a plugin's last change does not mean what a service keeps for it.
    #[must_use]
    pub const fn of_a_service(mut self) -> Self {
        self.is_of_a_service = true;
        self
    }

    /// Whether a service has made the tables.
    pub(super) fn is_of_a_service(&self) -> bool {
        self.is_of_a_service
    }

    /// The name of the table.
    pub(super) fn table(&self) -> String {
        (self.table)().to_string()
    }
}

#[async_trait::async_trait]
impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.migrations)()
    }

    fn migration_table_name(&self) -> DynIden {
        (self.table)()
    }
}

impl fmt::Debug for Migrations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = (self.migrations)()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        formatter
            .debug_struct("Migrations")
            .field("table", &self.table())
            .field("migrations", &names)
            .finish()
    }
}
