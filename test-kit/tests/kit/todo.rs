//! A plugin as the chapter `docs/testing.md` has it, and its tests.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::{Json, http::StatusCode};
use greenroom::logger::Level;
use greenroom::prelude::*;
use greenroom_test_kit::test_backend;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Todo {
    title: String,
}

#[service(id = "todo.calendar", provided_by = "todo::calendar")]
pub trait CalendarService: Send + Sync {
    fn today(&self) -> String;
}

struct Days(Clock);

impl CalendarService for Days {
    fn today(&self) -> String {
        format!("{:?}", self.0.now())
    }
}

#[service_factory]
pub fn calendar(clock: Clock) -> Arc<dyn CalendarService> {
    Arc::new(Days(clock))
}

struct Todos {
    all: Mutex<Vec<Todo>>,
    calendar: Arc<dyn CalendarService>,
    logger: Logger,
}

async fn list(State(todos): State<Arc<Todos>>) -> Json<Vec<Todo>> {
    let all = todos.all.lock().expect("no handler panics with the list");
    Json(all.clone())
}

async fn add(State(todos): State<Arc<Todos>>, Json(todo): Json<Todo>) -> StatusCode {
    if todo.title.is_empty() {
        todos.logger.error("a todo without a title");
        return StatusCode::UNPROCESSABLE_ENTITY;
    }
    let today = todos.calendar.today();
    todos.logger.info(format!("{} is new, {today}", todo.title));
    let mut all = todos.all.lock().expect("no handler panics with the list");
    all.push(todo);
    StatusCode::CREATED
}

#[backend_plugin(id = "todo")]
pub async fn plugin(http_router: HttpRouter, logger: Logger, calendar: Arc<dyn CalendarService>) {
    let all = Mutex::default();
    let todos = Arc::new(Todos {
        all,
        calendar,
        logger,
    });
    let routes = Router::new().route("/todos", get(list).post(add));
    http_router.mount(routes.with_state(todos));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/todos"));
}

struct Monday;

impl CalendarService for Monday {
    fn today(&self) -> String {
        "on Monday".to_owned()
    }
}

#[tokio::test]
async fn what_is_added_is_listed() {
    let backend = test_backend![plugin, calendar]
        .service::<dyn CalendarService>(Arc::new(Monday))
        .start()
        .await;

    let todo = json!({ "title": "sweep" });
    let added = backend.post("/api/todo/todos").json(&todo).send().await;
    added.assert_status(201);
    added.logs().assert_contains("sweep is new, on Monday");

    let listed = backend.get("/api/todo/todos").send().await;
    listed
        .assert_status(200)
        .assert_json(json!([{ "title": "sweep" }]));
    assert_eq!(listed.json::<Vec<Todo>>()[0].title, "sweep");
    backend
        .logs()
        .plugin("todo")
        .level(Level::Error)
        .assert_empty();
}

#[tokio::test]
async fn a_failed_assertion_shows_request_answer_and_log() {
    let backend = test_backend![plugin, calendar].start().await;
    let noise = backend.get("/api/todo/todos").send().await;
    noise.assert_status(200);
    let refused = backend
        .post("/api/todo/todos")
        .header("authorization", "Bearer s3cret")
        .json(&json!({ "title": "" }))
        .send()
        .await;
    let text = crate::failure(|| refused.assert_status(201));
    let expected = [
        "the status should be 201 and is 422",
        "> POST /api/todo/todos",
        "> host: localhost",
        "> authorization: (hidden)",
        "> content-type: application/json",
        "> content-length: 12",
        "> x-request-id: test-2",
        ">",
        "> {\"title\":\"\"}",
        "< 422 Unprocessable Entity",
        "log with requestId = \"test-2\":",
        "error todo: a todo without a title",
        "\"POST /api/todo/todos HTTP/1.1\" 422",
    ];
    for line in expected {
        assert!(text.contains(line), "`{line}` is not in {text}");
    }
    assert!(
        !text.contains("s3cret") && !text.contains("\"GET"),
        "{text}"
    );
}
