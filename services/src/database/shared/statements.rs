//! SeaORM's statements on a lease, as SeaORM runs them on a connection of sqlx's pool.

use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::postgres::Postgres;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Executor as _};

use super::Lease;
use super::session::can_alter_session;

impl Lease {
    pub(in crate::database) async fn execute(
        &mut self,
        statement: &Statement,
    ) -> Result<ExecResult, DbErr> {
        self.note(&statement.sql);
        let outcome = self.run(|connection| prepared(statement).execute(connection));
        outcome.await.map(Into::into).map_err(executing)
    }

    pub(in crate::database) async fn execute_unprepared(
        &mut self,
        sql: &str,
    ) -> Result<ExecResult, DbErr> {
        // There may be many statements in it.
        self.note_altered();
        let sql = AssertSqlSafe(sql.to_owned());
        let outcome = self.run(|connection| connection.execute(sql));
        outcome.await.map(Into::into).map_err(executing)
    }

    pub(in crate::database) async fn query_one(
        &mut self,
        statement: &Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.note(&statement.sql);
        let outcome = self.run(|connection| prepared(statement).fetch_optional(connection));
        let row = outcome.await.map_err(querying)?;
        Ok(row.map(Into::into))
    }

    pub(in crate::database) async fn query_all(
        &mut self,
        statement: &Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.note(&statement.sql);
        let outcome = self.run(|connection| prepared(statement).fetch_all(connection));
        let rows = outcome.await.map_err(querying)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    pub(super) fn note(&mut self, sql: &str) {
        if can_alter_session(sql) {
            self.note_altered();
        }
    }
}

/// The statement with its values.
pub(super) fn prepared(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone();
    let values = values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

pub(super) fn executing(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

pub(super) fn querying(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
