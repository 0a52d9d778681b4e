//! Keys, users and their tokens over replicas and restarts: what one signed the other accepts, also when the one is gone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use greenroom::auth::Token;
use greenroom::clock::{ClockService, SystemClock};
use greenroom::database::DatabaseService;
use greenroom::database::sea_orm::{ConnectionTrait as _, Statement};
use greenroom::logger::Level;
use greenroom::prelude::*;
use greenroom::services;
use greenroom_test_kit::{
    Engine, StartedTestBackend, TestBackend, TestDatabase, TestProcess, TestProgram, TestReplicas,
    TestServer, test_backend,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::built::built;

features! {
    /// The services that say who calls, in place of the kit's.
    real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
    ]
}

/// Gives away tokens for calls of `warehouse`, as no plugin should.
#[backend_plugin(id = "shop")]
async fn shop(auth: Auth, http_router: HttpRouter) {
    let token = async move || -> Result<String, ApiError> {
        let own = auth.own_service_credentials().into_any();
        let token = auth.plugin_request_token(&own, "warehouse").await?;
        Ok(token.as_ref().map(Token::expose).unwrap_or_default().into())
    };
    http_router.mount(Router::new().route("/token", post(token)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/token"));
}

/// Says who calls.
#[backend_plugin(id = "warehouse")]
async fn warehouse(http_router: HttpRouter, user_info: UserInfo) {
    let service = async |caller: Credentials<ServicePrincipal>| caller.principal().subject.clone();
    let user = async move |user: Credentials<UserPrincipal>| -> Result<String, ApiError> {
        let info = user_info.user_info(&user.into_any()).await?;
        Ok(info.ownership_entity_refs.join(" "))
    };
    http_router.mount(
        Router::new()
            .route("/service", get(service))
            .route("/user", get(user)),
    );
}

/// Takes the database, so that the backend has one.
#[backend_plugin(id = "keeper")]
async fn keeper(database: Database) {
    drop(database);
}

/// A time of day that a test moves.
#[derive(Debug)]
struct Moved(AtomicU64);

impl Moved {
    fn now() -> Arc<Self> {
        let now = SystemClock.now().duration_since(UNIX_EPOCH);
        Arc::new(Self(AtomicU64::new(now.expect("it is later").as_secs())))
    }

    fn advance(&self, hours: u64) {
        self.0.fetch_add(hours * 3600, Ordering::SeqCst);
    }
}

impl ClockService for Moved {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

const TOKEN: &str = "/api/shop/token";
const SERVICE: &str = "/api/warehouse/service";
const USER: &str = "/api/warehouse/user";
const KEYS: &str = "/api/shop/.backstage/auth/v1/jwks.json";
const USER_KEYS: &str = "/api/auth/.well-known/jwks.json";
const REFRESH: &str = "/api/auth/guest/refresh";
const INFO: &str = "/api/auth/v1/userinfo";
const GUEST: &str = "user:development/guest";

/// Those that outlive a process.
async fn engines() -> Vec<TestDatabase> {
    let each = TestDatabase::each().await;
    let kept = |database: &TestDatabase| database.engine() != Engine::SqliteMemory;
    each.into_iter().filter(kept).collect()
}

fn shops(database: &TestDatabase) -> TestBackend {
    test_backend![real, shop, warehouse, keeper].database(database)
}

/// With users, who are asked for over HTTP.
fn with_users(database: &TestDatabase) -> TestBackend {
    test_backend![real, warehouse, greenroom_auth_backend::plugin]
        .config(json!({
            "auth": { "providers": { "guest": { "dangerouslyAllowOutsideDevelopment": true } } },
        }))
        .database(database)
        .listen()
}

async fn plugin_token(backend: &StartedTestBackend) -> String {
    let answer = backend.post(TOKEN).send().await;
    answer.assert_status(200).text().to_owned()
}

async fn user_token(backend: &StartedTestBackend) -> String {
    let answer: Value = backend.get(REFRESH).send().await.assert_status(200).json();
    let token = answer["backstageIdentity"]["token"].as_str();
    token.expect("a guest may come in").to_owned()
}

/// The status and the body.
async fn show(backend: &StartedTestBackend, path: &str, token: &str) -> (u16, String) {
    let header = format!("Bearer {token}");
    let answer = backend.get(path).header("authorization", header).send();
    let answer = answer.await;
    (answer.status().as_u16(), answer.text().to_owned())
}

fn ids(keys: &Value) -> BTreeSet<String> {
    let keys = keys["keys"].as_array().expect("there is a list");
    let ids = keys.iter().filter_map(|key| key["kid"].as_str());
    ids.map(str::to_owned).collect()
}

async fn published(backend: &StartedTestBackend, path: &str) -> BTreeSet<String> {
    let keys: Value = backend.get(path).send().await.assert_status(200).json();
    ids(&keys)
}

#[tokio::test]
async fn replicas_accept_each_others_plugin_tokens_and_publish_each_others_keys() {
    for database in engines().await {
        let engine = database.engine();
        let mut replicas = TestReplicas::start(2, || shops(&database)).await;
        let shown = async |replicas: &TestReplicas<'_>, at: usize, token: &str| {
            let shown = show(replicas.replica(at), SERVICE, token).await;
            assert_eq!(shown, (200, "plugin:shop".to_owned()), "{engine}, {at}");
        };
        let first = plugin_token(replicas.replica(0)).await;
        shown(&replicas, 1, &first).await;
        let second = plugin_token(replicas.replica(1)).await;
        shown(&replicas, 0, &second).await;
        let keys = published(replicas.replica(0), KEYS).await;
        assert_eq!(keys.len(), 2, "{engine}: one key of each");
        assert_eq!(published(replicas.replica(1), KEYS).await, keys, "{engine}");

        replicas.kill(0).await;
        replicas.kill(1).await;
        let restarted = replicas.start_another().await;
        shown(&replicas, restarted, &first).await;
        shown(&replicas, restarted, &second).await;
    }
}

#[tokio::test]
async fn by_schema_it_is_the_same() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let make = || {
        let by_schema = json!({ "pluginDivisionMode": "schema", "ensureSchemaExists": true });
        let config = json!({ "backend": { "database": by_schema } });
        shops(&database).config(config)
    };
    let replicas = TestReplicas::start(2, make).await;
    let token = plugin_token(replicas.replica(0)).await;
    let shown = show(replicas.replica(1), SERVICE, &token).await;
    assert_eq!(shown, (200, "plugin:shop".to_owned()));
}

#[tokio::test]
async fn a_user_of_one_replica_is_known_to_the_other_and_after_a_restart() {
    for database in engines().await {
        let engine = database.engine();
        let mut replicas = TestReplicas::start(2, || with_users(&database)).await;
        let token = user_token(replicas.replica(0)).await;
        let known = async |replicas: &TestReplicas<'_>, at: usize, token: &str| {
            let user = show(replicas.replica(at), USER, token).await;
            assert_eq!(user, (200, GUEST.to_owned()), "{engine}, {at}");
            let (status, info) = show(replicas.replica(at), INFO, token).await;
            let info: Value = serde_json::from_str(&info).expect("it is JSON");
            let claims = json!({ "claims": { "sub": GUEST, "ent": [GUEST] } });
            assert_eq!((status, info), (200, claims), "{engine}, {at}");
        };
        known(&replicas, 1, &token).await;

        replicas.kill(0).await;
        replicas.kill(1).await;
        let restarted = replicas.start_another().await;
        known(&replicas, restarted, &token).await;
        let other = replicas.start_another().await;
        let refreshed = user_token(replicas.replica(restarted)).await;
        known(&replicas, other, &refreshed).await;
        let keys = published(replicas.replica(other), USER_KEYS).await;
        assert_eq!(keys.len(), 2, "{engine}: of the first and of the restarted");
    }
}

/// A backend with users as a process of its own.
async fn process(database: &TestDatabase) -> (TestProcess, String) {
    let config = json!({
        "app": { "baseUrl": "http://localhost:3000" },
        "backend": { "listen": "127.0.0.1:0", "database": database.config() },
        "auth": { "providers": { "guest": { "dangerouslyAllowOutsideDevelopment": true } } },
    });
    let program = TestProgram::new(built("conformance")).config(&config);
    let mut process = program.start();
    let address = process.address().await.to_string();
    process.line("Backend started").await;
    (process, address)
}

/// What is answered, without a client that a program would not have.
async fn ask(address: &str, path: &str, token: &str) -> (u16, Value) {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    let mut connection = TcpStream::connect(address).await.expect("it listens");
    let written = connection.write_all(request.as_bytes()).await;
    written.expect("it reads");
    let mut answer = String::new();
    let read = connection.read_to_string(&mut answer).await;
    read.expect("it answers");
    let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
    let (_, body) = answer.split_once("\r\n\r\n").expect("it has a head");
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (status.expect("it has a status"), body)
}

#[tokio::test]
async fn a_process_that_is_killed_signs_nobody_out() {
    const OWN: &str = "/api/example/.backstage/auth/v1/jwks.json";
    for database in engines().await {
        let engine = database.engine();
        let (first, address) = process(&database).await;
        let (_, signed_in) = ask(&address, REFRESH, "").await;
        let token = signed_in["backstageIdentity"]["token"].as_str();
        let token = token.expect("a guest may come in").to_owned();
        // By this call the plugin signs a token of its own too.
        let (status, _) = ask(&address, "/api/example/call-probe", &token).await;
        assert_eq!(status, 200, "{engine}");
        let (_, keys) = ask(&address, OWN, "").await;
        assert_eq!(ids(&keys).len(), 1, "{engine}: {keys}");
        first.kill().await;

        let (_second, address) = process(&database).await;
        let (status, me) = ask(&address, "/api/example/me", &token).await;
        assert_eq!((status, &me["userEntityRef"]), (200, &json!(GUEST)), "{me}");
        assert_eq!(ask(&address, OWN, "").await.1, keys, "{engine}");
        let (_, refreshed) = ask(&address, REFRESH, "").await;
        assert!(refreshed["backstageIdentity"]["token"].is_string());
    }
}

/// How many keys of a plugin there are.
async fn rows(backend: &StartedTestBackend, plugin: &str) -> i64 {
    let database = backend.service::<dyn DatabaseService>(plugin);
    let client = database.client().await.expect("the engine is there");
    let question = "SELECT COUNT(*) FROM backstage_backend_public_keys__keys";
    let question = Statement::from_string(client.get_database_backend(), question);
    let row = client.query_one_raw(question).await.expect("it is there");
    let row = row.expect("there is a number");
    row.try_get_by_index(0).expect("it is a number")
}

#[tokio::test]
async fn keys_of_which_no_token_is_left_are_deleted() {
    for database in engines().await {
        let engine = database.engine();
        let clock = Moved::now();
        let backend = shops(&database)
            .service::<dyn ClockService>(Arc::clone(&clock) as _)
            .reach::<dyn DatabaseService>("shop");
        let backend = backend.start().await;
        let old = plugin_token(&backend).await;
        let first = published(&backend, KEYS).await;
        clock.advance(2);
        plugin_token(&backend).await;
        let both = published(&backend, KEYS).await;
        assert!(both.is_superset(&first) && both.len() == 2, "{engine}");
        let (status, _) = show(&backend, SERVICE, &old).await;
        assert_eq!(status, 401, "{engine}: the token lasted for an hour");
        clock.advance(1);
        let left = published(&backend, KEYS).await;
        assert!(left.is_disjoint(&first) && left.len() == 1, "{engine}");
        assert_eq!(rows(&backend, "shop").await, 1, "{engine}");
    }
}

#[tokio::test]
async fn while_the_database_is_away_known_keys_count_and_new_ones_are_refused_in_time() {
    let Some(server) = TestServer::postgres().await else {
        return;
    };
    let clock = Moved::now();
    let mut database = server.config();
    database["knexConfig"] = json!({ "acquireConnectionTimeout": 3000 });
    let config = json!({ "backend": { "database": database } });
    let backend = test_backend![
        real,
        shop,
        warehouse,
        keeper,
        services::root_database,
        services::database
    ]
    .config(config)
    .service::<dyn ClockService>(Arc::clone(&clock) as _);
    let backend = backend.start().await;
    let token = plugin_token(&backend).await;
    server.stop().await;

    let shown = show(&backend, SERVICE, &token).await;
    assert_eq!(shown, (200, "plugin:shop".to_owned()), "its key is known");
    assert_eq!(plugin_token(&backend).await.split('.').count(), 3);
    clock.advance(1);
    let refused = backend.post(TOKEN).send().await;
    let refused: Value = refused.assert_status(503).json();
    assert_eq!(refused["error"]["name"], "ServiceUnavailableError");
    assert_eq!(
        refused["error"]["message"],
        "No token can be issued at the moment"
    );
    // The first one noticed it by a connection that broke off.
    backend.get(KEYS).send().await.assert_status(503);
    backend.logs().assert_contains("does not answer");

    server.start().await;
    let token = plugin_token(&backend).await;
    let shown = show(&backend, SERVICE, &token).await;
    assert_eq!(shown, (200, "plugin:shop".to_owned()));
}

#[tokio::test]
async fn keys_in_memory_are_told_with_the_reason_and_the_remedy() {
    let asked = json!({ "backend": { "auth": { "pluginKeyStore": { "type": "database" } } } });
    let without = test_backend![real, shop, warehouse].config(asked);
    let without = without.start().await;
    plugin_token(&without).await;
    let warnings = without.logs().level(Level::Warn).plugin("shop");
    for part in [
        "though `backend.auth.pluginKeyStore.type` is `database`",
        "no plugin of this backend takes the database",
        "List a plugin that takes the database",
    ] {
        warnings.assert_contains(part);
    }

    let Some(memory) = TestDatabase::create(Engine::SqliteMemory).await else {
        return;
    };
    let in_memory = shops(&memory).start().await;
    plugin_token(&in_memory).await;
    let warnings = in_memory.logs().level(Level::Warn).plugin("shop");
    warnings.assert_contains("Let `backend.database` name");

    let Some(file) = TestDatabase::create(Engine::SqliteFile).await else {
        return;
    };
    let kept = shops(&file).start().await;
    plugin_token(&kept).await;
    kept.logs().containing("in memory").assert_empty();
}

/// A token that is issued at once, while others start.
#[backend_plugin(id = "hasty")]
async fn hasty(auth: Auth) -> Result<()> {
    let own = auth.own_service_credentials().into_any();
    auth.plugin_request_token(&own, "warehouse").await?;
    Ok(())
}

#[tokio::test]
async fn a_token_of_an_init_has_a_key_in_the_database_too() {
    let Some(file) = TestDatabase::create(Engine::SqliteFile).await else {
        return;
    };
    for count in 1..=2 {
        let backend = test_backend![real, hasty, keeper].database(&file);
        let backend = backend.reach::<dyn DatabaseService>("hasty").start().await;
        backend.logs().containing("in memory").assert_empty();
        assert_eq!(rows(&backend, "hasty").await, count, "one of each start");
    }
}
