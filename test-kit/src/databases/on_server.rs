//! What the kit asks of a database server: to make a database, and to drop what a test has made.

use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection, Row as _, raw_sql};

use crate::servers::Kind;

/// Makes a database.
pub(super) async fn create(kind: Kind, server: &str, name: &str) -> Result<(), sqlx::Error> {
    if kind == Kind::MySql {
        let mut connection = MySqlConnection::connect(server).await?;
        let statement = format!("CREATE DATABASE `{name}` CHARACTER SET utf8mb4");
        raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
        return connection.close().await;
    }
    let mut connection = PgConnection::connect(server).await?;
    // Nobody is connected to this template, who would be in the way.
    let statement = format!("CREATE DATABASE \"{name}\" TEMPLATE template0");
    raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

/// Drops all databases whose names begin with this one: its own, and those that a backend made for plugins.
pub(super) async fn drop_all(kind: Kind, server: &str, name: &str) -> Result<(), sqlx::Error> {
    if kind == Kind::MySql {
        let mut connection = MySqlConnection::connect(server).await?;
        let query = "SELECT CONVERT(schema_name USING utf8mb4) FROM information_schema.schemata \
             WHERE LEFT(schema_name, CHAR_LENGTH(?)) = ?";
        let query = sqlx::query(query).bind(name).bind(name);
        for row in query.fetch_all(&mut connection).await? {
            let found = row.try_get::<String, _>(0)?.replace('`', "``");
            let statement = format!("DROP DATABASE IF EXISTS `{found}`");
            raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await?;
        }
        return connection.close().await;
    }
    let mut connection = PgConnection::connect(server).await?;
    let query = "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)";
    let query = sqlx::query(query).bind(name);
    for row in query.fetch_all(&mut connection).await? {
        let found = row.try_get::<String, _>(0)?.replace('"', "\"\"");
        // A pool that the test has left open would keep it.
        let statement = format!("DROP DATABASE IF EXISTS \"{found}\" WITH (FORCE)");
        raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    connection.close().await
}
