//! The routes of the plugin, below `/api/example`.

use axum::http::StatusCode;
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

async fn add(
    State(store): State<TodoStore>,
    Json(new): Json<NewTodo>,
) -> Result<(StatusCode, Json<Todo>), ApiError> {
    let added = store.add(&new.title);
    let todo = added.map_err(|too_many| HttpError::conflict(too_many.to_string()))?;
    Ok((StatusCode::CREATED, Json(todo)))
}
