//! A row of the table `todos`.

use greenroom::database::sea_orm;
use sea_orm::entity::prelude::*;

/// Times are milliseconds since 1970, which every engine has a type for.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "todos")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub owner: String,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    pub done_at: Option<i64>,
    pub reminded_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
