//! Since the second version users can be reminded.

use greenroom::database::sea_orm_migration;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("todos")
            .add_column(big_integer_null("reminded_at"))
            .to_owned();
        manager.alter_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("todos")
            .drop_column("reminded_at")
            .to_owned();
        manager.alter_table(table).await
    }
}
