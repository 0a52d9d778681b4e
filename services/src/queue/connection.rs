//! A connection as a value of one type: SeaORM's trait has generic methods, so that nothing is a `dyn` of it.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

/// What a job is written through: everything that SeaORM calls a connection, such as a transaction. Nobody else
/// implements it.
#[async_trait]
pub trait JobConnection: Sync {
    /// Which SQL it speaks.
    fn backend(&self) -> DbBackend;

    /// Runs a statement that gives no rows.
    ///
    /// # Errors
    ///
    /// That of the database.
    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr>;

    /// Runs a statement that gives rows.
    ///
    /// # Errors
    ///
    /// That of the database.
    async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr>;
}

#[async_trait]
impl<C: ConnectionTrait> JobConnection for C {
    fn backend(&self) -> DbBackend {
        self.get_database_backend()
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_raw(statement).await
    }

    async fn query(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.query_all_raw(statement).await
    }
}
