//! The tests of the plugin: its router alone, the plugin in a backend, and what goes wrong.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use greenroom::config::Settings;
use greenroom_test_kit::mock_credentials::{default_user, user};
use greenroom_test_kit::test_backend;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::settings::ExampleSettings;
use super::store::{Todo, TodoStoreService, TooMany};
use super::{plugin, router, todo_store};

/// A unit test: no backend, only the router and a store. A factory is a function, so the test calls it.
#[tokio::test]
async fn the_router_lists_what_is_in_the_store() {
    let store = todo_store(Settings::new(ExampleSettings::default()));
    store.add("sweep").expect("there is room");

    let request = Request::get("/todos").body(Body::empty());
    let request = request.expect("the request is whole");
    let Ok(answer) = router::create(store).oneshot(request).await;
    assert_eq!(answer.status(), 200);
    let body = to_bytes(answer.into_body(), 1_000).await;
    let body: Value = serde_json::from_slice(&body.expect("it is short")).expect("it is JSON");
    assert_eq!(body, json!([{ "id": 1, "title": "sweep" }]));
}

/// A plugin test: the backend as it is in `main`, but without a port, and with the settings of the test.
#[tokio::test]
async fn what_is_added_is_listed_after_the_welcome() {
    let config = json!({ "example": { "welcome": ["read"] } });
    let backend = test_backend![todo_store, plugin].config(config);
    let backend = backend.start().await;
    let log = backend.logs().plugin("example");
    log.assert_contains("There are 1 things to do");

    let jane = user("user:default/jane");
    let sweep = json!({ "title": "sweep" });
    let add = backend.post("/api/example/todos").json(&sweep);
    add.credentials(&jane).send().await.assert_status(201);
    let list = backend.get("/api/example/todos").credentials(&jane);
    let listed = list.send().await;
    listed.assert_status(200).assert_json(json!([
        { "id": 1, "title": "read" },
        { "id": 2, "title": "sweep" },
    ]));
}

/// A failure test: a request that does not say who calls gets no further than the health.
#[tokio::test]
async fn nobody_is_refused_but_by_the_health() {
    let backend = test_backend![todo_store, plugin].start().await;
    let health = backend.get("/api/example/health").send().await;
    health
        .assert_status(200)
        .assert_json(json!({ "status": "ok" }));
    let listed = backend.get("/api/example/todos").send().await;
    listed.assert_status(401);
    let sweep = json!({ "title": "sweep" });
    let add = backend.post("/api/example/todos").json(&sweep);
    let refused = add.credentials(user("user:default/jane").invalid());
    refused.send().await.assert_status(401);
}

/// A failure test: settings that are wrong keep the backend from starting.
#[tokio::test]
async fn wrong_settings_are_told_by_their_key() {
    let backend = test_backend![todo_store, plugin];
    let backend = backend.config(json!({ "example": { "maxTodos": 0 } }));
    let error = backend.start_error().await.to_string();
    assert!(error.contains("`example.maxTodos`"), "{error}");
}

/// A store that has no room, in place of the real one.
struct Full;

impl TodoStoreService for Full {
    fn add(&self, _title: &str) -> Result<Todo, TooMany> {
        Err(TooMany(7))
    }

    fn all(&self) -> Vec<Todo> {
        Vec::new()
    }
}

/// A failure test: what a service refuses while requests are served is an answer.
#[tokio::test]
async fn a_full_store_is_a_conflict() {
    let backend = test_backend![todo_store, plugin]
        .default_credentials(default_user())
        .service::<dyn TodoStoreService>(Arc::new(Full))
        .start()
        .await;
    let sweep = json!({ "title": "sweep" });
    let refused = backend.post("/api/example/todos").json(&sweep).send().await;
    refused.assert_status(409);
    assert!(refused.text().contains("there are 7 things to do already"));
}

/// A failure test: what it refuses during the init is a start that fails.
#[tokio::test]
async fn a_welcome_without_room_keeps_the_plugin_from_starting() {
    let backend = test_backend![todo_store, plugin]
        .config(json!({ "example": { "welcome": ["read"] } }))
        .service::<dyn TodoStoreService>(Arc::new(Full));
    let error = backend.start_error().await.to_string();
    let expected = "plugin `example` failed: there are 7 things to do already";
    assert!(error.contains(expected), "{error}");
}
