//! The only place that knows the table. The statements are the same on SQLite, PostgreSQL and MySQL.

use std::time::{Duration, UNIX_EPOCH};

use greenroom::database::{DatabaseClient, DatabaseTransaction, sea_orm};
use greenroom::prelude::*;
use sea_orm::ActiveValue::Set;
use sea_orm::TransactionTrait as _;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use super::entity::{ActiveModel, Column, Entity, Model};

#[derive(Clone, Debug)]
pub struct Repository {
    database: DatabaseClient,
    clock: Clock,
}

impl Repository {
    pub fn new(database: DatabaseClient, clock: Clock) -> Self {
        Self { database, clock }
    }

    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.database.begin().await
    }

    pub async fn add(
        &self,
        transaction: &DatabaseTransaction,
        owner: &str,
        title: String,
    ) -> Result<Model, DbErr> {
        let todo = ActiveModel {
            owner: Set(owner.to_owned()),
            title: Set(title),
            ..Default::default()
        };
        todo.insert(transaction).await
    }

    /// The first of those that come after this one.
    pub async fn list(&self, owner: &str, after: i64, limit: u64) -> Result<Vec<Model>, DbErr> {
        let mut pages = Entity::find()
            .filter(Column::Owner.eq(owner))
            .cursor_by(Column::Id);
        pages.after(after).first(limit).all(&self.database).await
    }

    pub async fn find(&self, owner: &str, id: i64) -> Result<Option<Model>, DbErr> {
        Entity::find_by_id(id)
            .filter(Column::Owner.eq(owner))
            .one(&self.database)
            .await
    }

    pub async fn set_done(&self, owner: &str, id: i64, done: bool) -> Result<Option<Model>, DbErr> {
        let done_at = done.then(|| self.now());
        Entity::update_many()
            .col_expr(Column::DoneAt, Expr::value(done_at))
            .filter(Column::Id.eq(id))
            .filter(Column::Owner.eq(owner))
            .exec(&self.database)
            .await?;
        self.find(owner, id).await
    }

    /// The row, if it is still to be done and nobody was reminded of it yet. One statement looks and notes it, so of two
    /// who ask at once one is told.
    pub async fn set_reminded(&self, id: i64) -> Result<Option<Model>, DbErr> {
        let noted = Entity::update_many()
            .col_expr(Column::RemindedAt, Expr::value(self.now()))
            .filter(Column::Id.eq(id))
            .filter(Column::DoneAt.is_null())
            .filter(Column::RemindedAt.is_null())
            .exec(&self.database)
            .await?;
        match noted.rows_affected {
            0 => Ok(None),
            _ => Entity::find_by_id(id).one(&self.database).await,
        }
    }

    /// Whether it was there.
    pub async fn remove(&self, owner: &str, id: i64) -> Result<bool, DbErr> {
        let removed = Entity::delete_many()
            .filter(Column::Id.eq(id))
            .filter(Column::Owner.eq(owner))
            .exec(&self.database)
            .await?;
        Ok(removed.rows_affected > 0)
    }

    /// Removes what has been done for longer than this; tells how many.
    pub async fn remove_done(&self, keep: Duration) -> Result<u64, DbErr> {
        let limit = self.now().saturating_sub(milliseconds(keep));
        let removed = Entity::delete_many()
            .filter(Column::DoneAt.lt(limit))
            .exec(&self.database)
            .await?;
        Ok(removed.rows_affected)
    }

    fn now(&self) -> i64 {
        let since = self.clock.now().duration_since(UNIX_EPOCH);
        milliseconds(since.unwrap_or_default())
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
