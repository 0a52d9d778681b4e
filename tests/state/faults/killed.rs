//! A process that is killed in the middle of a migration: another one finishes it.

use greenroom::database::sea_orm::{ConnectOptions, Database, DatabaseConnection};
use greenroom_test_kit::{Engine, TestDatabase, TestProcess, TestProgram};
use serde_json::{Value, json};

use super::{connect, execute, number, until};
use crate::built::built;

fn start(database: &Value) -> TestProcess {
    let config = json!({ "backend": { "listen": "127.0.0.1:0", "database": database } });
    let program = TestProgram::new(built("test-program"));
    program.arguments(["migrating"]).config(&config).start()
}

/// One session, for the lock that the migration waits for.
async fn one_session(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    let connection = Database::connect(options).await;
    connection.expect("the server answers")
}

/// Sessions that are in the middle of the migration.
const IN_THE_MIDDLE: &str = "FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 4711 \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[tokio::test]
async fn a_migration_is_finished_by_another_process_than_the_one_that_was_killed() {
    for by_schema in [false, true] {
        let Some(database) = TestDatabase::create(Engine::Postgres).await else {
            return;
        };
        let mut config = database.config();
        let (url, schema) = if by_schema {
            config["pluginDivisionMode"] = json!("schema");
            config["ensureSchemaExists"] = json!(true);
            (database.url().to_owned(), "migrating")
        } else {
            let url = format!("{}_migrating", database.url());
            let (_, name) = url.rsplit_once('/').expect("it names a database");
            let admin = connect(database.url()).await;
            execute(&admin, &format!("CREATE DATABASE \"{name}\"")).await;
            (url, "public")
        };
        let (observer, held) = (connect(&url).await, one_session(&url).await);
        execute(&held, "SELECT pg_advisory_lock(4711)").await;

        let mut first = start(&config);
        first.line("\"migration\":\"m2_second\"").await;
        let sessions = format!("SELECT count(*) {IN_THE_MIDDLE}");
        until(&observer, &sessions, 1).await;
        let session = number(&observer, &format!("SELECT pid::bigint {IN_THE_MIDDLE}")).await;
        let mut second = start(&config);
        let waiting = second.line("Waiting for another one that migrates").await;
        let holder = waiting["holder"].as_str().expect("it is told for whom");
        let process = first.id().expect("it runs");
        let told = format!("`greenroom migrates migrating, process {process}`");
        assert!(holder.starts_with(&told), "{holder}");

        first.kill().await;
        // The lock goes with the process, and so does the statement that it waits for: as long as that is under way,
        // nobody else could make the same table.
        second.line("\"migration\":\"m2_second\"").await;
        let first = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {session}");
        until(&observer, &first, 0).await;
        until(&observer, &sessions, 1).await;
        let half = format!(
            "SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}' AND tablename = 'half'"
        );
        assert_eq!(number(&observer, &half).await, 0, "nothing is half done");

        execute(&held, "SELECT pg_advisory_unlock(4711)").await;
        second.line("Backend started").await;
        for table in ["tea", "half"] {
            let rows = format!("SELECT count(*) FROM {schema}.{table}");
            assert_eq!(number(&observer, &rows).await, 1, "{table}");
        }
        let applied = format!("SELECT count(*) FROM {schema}.seaql_migrations");
        assert_eq!(number(&observer, &applied).await, 2);
        second.signal("TERM").await;
        assert!(second.end().await.status.success());
    }
}
