//! The example `todo` as its README runs it: as a program, with the configuration files that lie beside it.

use std::net::SocketAddr;

use greenroom_test_kit::{CacheStore, Engine, TestCache, TestDatabase, TestProcess, TestProgram};
use serde_json::{Value, json};

use crate::built::built;
use crate::client::{Answer, get, raw};

const LAPTOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/todo/app-config.yaml");
const CLUSTER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/todo/app-config.cluster.yaml"
);

/// The program on a free port, in a directory where nothing is.
fn program(files: &[&str], arguments: &[&str]) -> TestProgram {
    let files = files.iter().flat_map(|file| ["--config", file]);
    TestProgram::new(built("todo"))
        .arguments(files)
        .arguments(arguments.iter().copied())
        .variable("APP_CONFIG_backend_listen_port", "0")
}

async fn as_guest(address: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let guest = get(address, "/api/auth/guest/refresh").await.json();
    let token = guest["backstageIdentity"]["token"].as_str();
    let token = token.expect("guests may come in");
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} /api/todo{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    raw(address, request.as_bytes()).await
}

/// A guest adds a todo where requests are answered, and the process that works reminds of it.
async fn is_reminded(address: SocketAddr, worker: &mut TestProcess) {
    let sweep = json!({ "title": "sweep", "remindAfter": "0s" });
    let added = as_guest(address, "POST", "/todos", Some(&sweep)).await;
    assert_eq!(added.status, 201, "{added:?}");
    worker
        .line("user:development/guest is reminded of the todo 1")
        .await;
    let todo = as_guest(address, "GET", "/todos/1", None).await;
    let expected = json!({ "id": 1, "title": "sweep", "done": false, "reminded": true });
    assert_eq!(todo.json(), expected);
}

#[tokio::test]
async fn it_runs_with_nothing_installed() {
    let strict = program(&[LAPTOP], &["config", "check", "--strict"]);
    let checked = strict.start().end().await;
    assert!(checked.status.success(), "{checked:?}");
    let mut backend = program(&[LAPTOP], &[]).start();
    let address = backend.address().await;
    is_reminded(address, &mut backend).await;
    let file = backend.directory().join("examples/todo/data/todo.sqlite");
    assert!(file.is_file(), "{}", file.display());
}

#[tokio::test]
async fn one_file_more_and_it_runs_on_postgresql_and_redis() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let Some(cache) = TestCache::create(CacheStore::Redis).await else {
        return;
    };
    let program = |arguments: &[&str]| {
        program(&[LAPTOP, CLUSTER], arguments)
            .variable("POSTGRES_URL", database.url())
            .variable("REDIS_URL", cache.url())
    };
    let strict = program(&["config", "check", "--strict"]).start();
    let checked = strict.end().await;
    assert!(checked.status.success(), "{checked:?}");

    let pending = program(&["migrate", "status", "--exit-code"]).start();
    assert_eq!(pending.end().await.status.code(), Some(1));
    // The replicas would do most of it, and make the tables of keys when they are needed first.
    let migrated = program(&["migrate", "up"]).start().end().await;
    assert!(migrated.status.success(), "{migrated:?}");
    let mut web = program(&["--role", "web"]).start();
    let mut worker = program(&["--role", "worker"]).start();
    let address = web.address().await;
    is_reminded(address, &mut worker).await;
    let applied = program(&["migrate", "status", "--exit-code"]).start();
    let applied = applied.end().await;
    assert!(applied.status.success(), "{applied:?}");
}
