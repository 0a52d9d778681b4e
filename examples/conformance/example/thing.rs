//! A table with one row in it.

use greenroom::database::sea_orm;
use greenroom::database::sea_orm_migration;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer, string};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "things")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateThings)]
    }
}

struct CreateThings;

impl MigrationName for CreateThings {
    fn name(&self) -> &'static str {
        "create_things"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateThings {
    /// The recorded plugin may have been in this database before, and left both.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = sea_orm_migration::prelude::Table::create()
            .table(Entity)
            .if_not_exists()
            .col(integer(Column::Id).primary_key())
            .col(string(Column::Name))
            .to_owned();
        manager.create_table(table).await?;
        let first = ActiveModel {
            id: Set(1),
            name: Set("first".to_owned()),
        };
        Entity::insert(first)
            .on_conflict_do_nothing_on([Column::Id])
            .exec_without_returning(manager.get_connection())
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = sea_orm_migration::prelude::Table::drop()
            .table(Entity)
            .to_owned();
        manager.drop_table(table).await
    }
}
