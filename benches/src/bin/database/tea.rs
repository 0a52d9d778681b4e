//! The row that is read, and the migration that makes a thousand of them.

use greenroom::database::sea_orm;
use greenroom::database::sea_orm_migration;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm_migration::prelude::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, Table,
};
use sea_orm_migration::schema::{integer, string};
use serde::Serialize;

/// The one that every handler reads.
pub(crate) const ID: i32 = 7;

/// By SQL: the same on both sides.
pub(crate) const SQL: &str = "SELECT id, name FROM teas WHERE id = $1";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "teas")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: i32,
    pub(crate) name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<(i32, String)> for Model {
    fn from((id, name): (i32, String)) -> Self {
        Self { id, name }
    }
}

pub(crate) struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(CreateTeas)]
    }
}

struct CreateTeas;

impl MigrationName for CreateTeas {
    fn name(&self) -> &'static str {
        "create_teas"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateTeas {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Entity)
            .col(integer(Column::Id).primary_key())
            .col(string(Column::Name))
            .to_owned();
        manager.create_table(table).await?;
        let teas = (1..=1000).map(|id| ActiveModel {
            id: Set(id),
            name: Set(format!("tea {id}")),
        });
        let insert = Entity::insert_many(teas);
        insert
            .exec_without_returning(manager.get_connection())
            .await?;
        Ok(())
    }
}
