//! Connections of sqlx, for those who write SQL.

use std::ops::{Deref, DerefMut};

use sea_orm::{DatabaseConnection, DbBackend};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{MySql, MySqlPool, PgPool, Postgres, Sqlite, SqlitePool};

use super::shared::Lease;

/// A connection to SQLite that goes back when it is dropped.
pub type SqliteGuard = PoolConnection<Sqlite>;
/// A connection to MySQL or MariaDB that goes back when it is dropped.
pub type MySqlGuard = PoolConnection<MySql>;

/// A connection to PostgreSQL that goes back when it is dropped.
#[derive(Debug)]
pub struct PostgresGuard(Inner);

#[derive(Debug)]
enum Inner {
    Own(PoolConnection<Postgres>),
    Shared(Box<Lease>),
}

impl PostgresGuard {
    pub(super) fn own(connection: PoolConnection<Postgres>) -> Self {
        Self(Inner::Own(connection))
    }

    pub(super) fn shared(lease: Lease) -> Self {
        Self(Inner::Shared(Box::new(lease)))
    }
}

impl Deref for PostgresGuard {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match &self.0 {
            Inner::Own(connection) => connection,
            Inner::Shared(lease) => lease.look(),
        }
    }
}

impl DerefMut for PostgresGuard {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match &mut self.0 {
            Inner::Own(connection) => connection,
            Inner::Shared(lease) => lease.raw(),
        }
    }
}

/// The accessors of SeaORM panic on another engine.
pub(super) fn postgres_pool(connection: &DatabaseConnection) -> Option<&PgPool> {
    (connection.get_database_backend() == DbBackend::Postgres)
        .then(|| connection.get_postgres_connection_pool())
}

pub(super) fn sqlite_pool(connection: &DatabaseConnection) -> Option<&SqlitePool> {
    (connection.get_database_backend() == DbBackend::Sqlite)
        .then(|| connection.get_sqlite_connection_pool())
}

pub(super) fn mysql_pool(connection: &DatabaseConnection) -> Option<&MySqlPool> {
    (connection.get_database_backend() == DbBackend::MySql)
        .then(|| connection.get_mysql_connection_pool())
}
