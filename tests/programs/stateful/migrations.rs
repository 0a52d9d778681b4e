//! The tables of the plugin, from the first to the newest.

use greenroom::database::sea_orm_migration::prelude::*;

pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Teas), Box::new(Prices)]
    }
}

struct Teas;

impl MigrationName for Teas {
    fn name(&self) -> &str {
        "m20260101_teas"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Teas {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table("teas")
            .col(ColumnDef::new("name").string().not_null().primary_key());
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("teas").to_owned())
            .await
    }
}

struct Prices;

impl MigrationName for Prices {
    fn name(&self) -> &str {
        "m20260201_prices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Prices {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        table
            .table("teas")
            .add_column(ColumnDef::new("price").integer().not_null().default(0));
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::alter();
        manager
            .alter_table(table.table("teas").drop_column("price").to_owned())
            .await
    }
}
