//! The pool that somebody makes by hand: to the same database, with as many connections, and set as greenroom sets its
//! own, which is the faster way for both.

use greenroom::database::DatabaseClient;
use greenroom_benches::BoxError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{PgPool, SqlitePool};

use crate::POOL;
use crate::tea::{ID, Model, SQL};

#[derive(Clone)]
pub(crate) enum Bare {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Bare {
    /// A pool to where the client is. The URL counts for PostgreSQL alone.
    pub(crate) async fn beside(client: &DatabaseClient, url: &str) -> Result<Self, BoxError> {
        if let Some(pool) = client.sqlite_pool() {
            let options = pool.connect_options().as_ref().clone();
            let pool = SqlitePoolOptions::new()
                .max_connections(POOL)
                .test_before_acquire(false);
            return Ok(Self::Sqlite(pool.connect_with(options).await?));
        }
        let mut connection = client.postgres().await?;
        let place = sqlx::query_as("SELECT current_database(), current_schema()");
        let (database, schema): (String, String) = place.fetch_one(&mut *connection).await?;
        let options: PgConnectOptions = url.parse()?;
        let options = options
            .database(&database)
            .options([("search_path", schema)]);
        let pool = PgPoolOptions::new()
            .max_connections(POOL)
            .test_before_acquire(false);
        Ok(Self::Postgres(pool.connect_with(options).await?))
    }

    pub(crate) async fn read(&self) -> sqlx::Result<Model> {
        let row: (i32, String) = match self {
            Self::Sqlite(pool) => sqlx::query_as(SQL).bind(ID).fetch_one(pool).await?,
            Self::Postgres(pool) => sqlx::query_as(SQL).bind(ID).fetch_one(pool).await?,
        };
        Ok(row.into())
    }
}
