//! What the plugin keeps, and how it is asked for.

use greenroom::database::sea_orm;
use greenroom::database::sea_orm::entity::prelude::*;
use greenroom::database::sea_orm::{ActiveValue::Set, QueryOrder as _};
use greenroom::database::{DatabaseClient, is_conflict};
use greenroom::prelude::*;

mod entity {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "teas")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub price: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The only place that knows the table.
#[derive(Clone)]
pub(crate) struct Teas(DatabaseClient);

impl Teas {
    pub(crate) fn new(client: DatabaseClient) -> Self {
        Self(client)
    }

    async fn all(&self) -> Result<Vec<entity::Model>, DbErr> {
        let teas = entity::Entity::find().order_by_asc(entity::Column::Name);
        teas.all(&self.0).await
    }

    /// Whether it is new.
    async fn add(&self, name: String, price: i32) -> Result<bool, DbErr> {
        let tea = entity::ActiveModel {
            name: Set(name),
            price: Set(price),
        };
        match tea.insert(&self.0).await {
            Ok(_) => Ok(true),
            Err(error) if is_conflict(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

pub(crate) async fn all(State(teas): State<Teas>) -> Result<String, ApiError> {
    let teas = teas.all().await?;
    let lines = teas
        .iter()
        .map(|tea| format!("{} {}\n", tea.name, tea.price));
    Ok(lines.collect())
}

pub(crate) async fn add(State(teas): State<Teas>, name: String) -> Result<&'static str, ApiError> {
    match teas.add(name, 100).await? {
        true => Ok("new"),
        false => Ok("there already"),
    }
}
