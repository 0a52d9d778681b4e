//! `core.database` on every engine: isolation, transactions, migrations, and what happens when the server goes away.

mod away;
mod isolation;
mod migrations;
mod shared_pool;
mod tls;
mod transactions;

use greenroom::database::sea_orm::{ConnectionTrait, DbErr, Statement};
use greenroom::database::{Database, DatabaseClient, DatabaseService};
use greenroom_test_kit::{Engine, StartedTestBackend, TestBackend, TestDatabase, test_backend};
use serde_json::{Value, json};

/// A backend with the real database, of which the test has the services of two plugins.
fn backend(config: Value) -> TestBackend {
    test_backend![
        greenroom::services::root_database,
        greenroom::services::database
    ]
    .config(json!({ "backend": { "database": config } }))
    .reach::<dyn DatabaseService>("alpha")
    .reach::<dyn DatabaseService>("beta")
}

fn database(backend: &StartedTestBackend, plugin: &str) -> Database {
    backend.service::<dyn DatabaseService>(plugin)
}

async fn client(backend: &StartedTestBackend, plugin: &str) -> DatabaseClient {
    let client = database(backend, plugin).client().await;
    client.unwrap_or_else(|error| panic!("plugin `{plugin}` has no database: {error}"))
}

/// The first column of the first row, as a number.
async fn number(connection: &impl ConnectionTrait, sql: &str) -> Result<i64, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    row.expect("a row").try_get_by_index(0)
}

/// The configuration with more keys.
fn with(config: Value, more: Value) -> Value {
    let (Value::Object(mut config), Value::Object(more)) = (config, more) else {
        panic!("both are objects");
    };
    config.extend(more);
    Value::Object(config)
}

/// PostgreSQL with one database for all plugins.
fn by_schema(database: &TestDatabase) -> Value {
    let more = json!({ "pluginDivisionMode": "schema", "ensureSchemaExists": true });
    with(database.config(), more)
}

/// Every way to divide a database, with a word for it.
async fn every_mode() -> Vec<(String, TestDatabase, Value)> {
    let mut modes = Vec::new();
    for database in TestDatabase::each().await {
        let config = database.config();
        modes.push((format!("{:?}", database.engine()), database, config));
    }
    if let Some(database) = TestDatabase::create(Engine::Postgres).await {
        let config = by_schema(&database);
        modes.push(("PostgreSQL by schema".to_owned(), database, config));
    }
    modes
}

/// Stops the backend, and lets the test fail when that went wrong.
async fn stop(backend: StartedTestBackend) {
    backend.stop().await;
}
