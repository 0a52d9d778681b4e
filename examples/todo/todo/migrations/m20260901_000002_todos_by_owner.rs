//! A user's own are looked for at every request.

use greenroom::database::sea_orm_migration;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create()
            .name("todos_by_owner")
            .table("todos")
            .col("owner")
            .col("id")
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop()
            .name("todos_by_owner")
            .table("todos")
            .to_owned();
        manager.drop_index(index).await
    }
}
