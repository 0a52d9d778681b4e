//! The routes of the plugin, below `/api/example`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use greenroom::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{Todo, TodoStore};

pub fn create(store: TodoStore) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/todos", get(list).post(add))
        .with_state(store)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn list(State(store): State<TodoStore>) -> Json<Vec<Todo>> {
    Json(store.all())
}

#[derive(Deserialize)]
struct NewTodo {
    title: String,
}

async fn add(State(store): State<TodoStore>, Json(new): Json<NewTodo>) -> Response {
    match store.add(&new.title) {
        Ok(todo) => (StatusCode::CREATED, Json(todo)).into_response(),
        Err(error) => (StatusCode::CONFLICT, error.to_string()).into_response(),
    }
}
