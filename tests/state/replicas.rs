//! Replicas of one backend: what a plugin keeps in memory does not survive them, and what it keeps in the database does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom::database::DatabaseClient;
use greenroom::database::sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};
use greenroom::database::sea_orm_migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager,
};
use greenroom::prelude::*;
use greenroom_test_kit::{
    Engine, TestBackend, TestDatabase, TestProgram, TestReplicas, test_backend,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::built::built;

/// Counts in memory, each replica by itself. That is the mistake.
#[backend_plugin(id = "counter")]
async fn forgetful(http_router: HttpRouter) {
    let count = Arc::new(AtomicU64::new(0));
    let next = async move || (count.fetch_add(1, Ordering::Relaxed) + 1).to_string();
    http_router.mount(Router::new().route("/next", post(next)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/next"));
}

/// Counts in the database.
#[backend_plugin(id = "counter")]
async fn stateless(database: Database, http_router: HttpRouter) -> Result<()> {
    database.migrate::<Migrator>().await?;
    let database = database.client().await?;
    let next = async move || {
        let count = count_on(&database).await;
        count.map_or_else(|error| error.to_string(), |count| count.to_string())
    };
    http_router.mount(Router::new().route("/next", post(next)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/next"));
    Ok(())
}

async fn count_on(database: &DatabaseClient) -> Result<i64, DbErr> {
    let transaction = database.begin().await?;
    let update = "UPDATE counter SET value = value + 1";
    transaction.execute_unprepared(update).await?;
    let question = "SELECT value FROM counter";
    let question = Statement::from_string(transaction.get_database_backend(), question);
    let row = transaction.query_one_raw(question).await?;
    let value = row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?;
    transaction.commit().await?;
    Ok(value)
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First)]
    }
}

struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "m1_counter"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in [
            "CREATE TABLE counter (value BIGINT NOT NULL)",
            "INSERT INTO counter VALUES (0)",
        ] {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// What four callers get, between whom a replica dies and another takes its place.
async fn counted(make: impl Fn() -> TestBackend + Send + Sync) -> Vec<String> {
    let mut replicas = TestReplicas::start(2, make).await;
    let mut counted = Vec::new();
    for _ in 0..2 {
        let answer = replicas.post("/api/counter/next").send().await;
        counted.push(answer.text().to_owned());
    }
    replicas.kill(0).await;
    replicas.start_another().await;
    for _ in 0..2 {
        let answer = replicas.post("/api/counter/next").send().await;
        counted.push(answer.text().to_owned());
    }
    counted
}

#[tokio::test]
async fn what_is_kept_in_memory_is_found_out() {
    let counted = counted(|| test_backend![forgetful]).await;
    assert_eq!(counted, ["1", "1", "2", "1"]);
}

#[tokio::test]
async fn what_is_kept_in_the_database_is_one_for_all() {
    for database in TestDatabase::each().await {
        if database.engine() == Engine::SqliteMemory {
            // No replica sees what another has in its memory.
            continue;
        }
        let make = || test_backend![stateless].database(&database);
        let counted = counted(make).await;
        assert_eq!(counted, ["1", "2", "3", "4"], "{}", database.engine());
    }
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_the_other_alone() {
    let config = json!({ "backend": { "listen": "127.0.0.1:0" } });
    let start = || {
        TestProgram::new(built("quickstart"))
            .config(&config)
            .start()
    };
    let (mut one, mut other) = (start(), start());
    let (first, second) = (one.address().await, other.address().await);
    assert_ne!(first, second);
    let killed = one.kill().await;
    assert_eq!(killed.status.code(), None);
    let said = killed.lines.join("\n");
    assert!(!said.contains("Backend stopped"), "{said}");
    assert!(TcpStream::connect(first).await.is_err());
    let mut connection = TcpStream::connect(second).await.expect("it listens");
    let request =
        "GET /api/example/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let written = connection.write_all(request.as_bytes()).await;
    written.expect("it reads");
    let mut answer = String::new();
    let read = connection.read_to_string(&mut answer).await;
    read.expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}
