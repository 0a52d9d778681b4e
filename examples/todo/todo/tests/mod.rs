//! The tests of the plugin. Each file has one question; a test that is about SQL asks every engine that is here.

mod background;
mod lists;
mod replicas;
mod routes;
mod settings;

use greenroom_test_kit::mock_credentials::user;
use greenroom_test_kit::{StartedTestBackend, TestBackend, test_backend};
use serde_json::{Value, json};

use super::plugin;

const TODOS: &str = "/api/todo/todos";
const JANE: &str = "user:default/jane";

/// The plugin, which Jane asks where a request does not say who does.
fn backend() -> TestBackend {
    test_backend![plugin].default_credentials(user(JANE))
}

/// Adds a todo; gives its path.
async fn add(backend: &StartedTestBackend, todo: Value) -> String {
    let added = backend.post(TODOS).json(&todo).send().await;
    let added: Value = added.assert_status(201).json();
    format!("{TODOS}/{}", added["id"])
}

async fn add_titled(backend: &StartedTestBackend, title: &str) -> String {
    add(backend, json!({ "title": title })).await
}

/// Marks a todo as done.
async fn finish(backend: &StartedTestBackend, path: &str) {
    let done = json!({ "done": true });
    let answer = backend.patch(path).json(&done).send().await;
    answer.assert_status(200);
}

/// The titles of a page.
fn titles(page: &Value) -> Vec<&str> {
    let todos = page["todos"].as_array().expect("it is a page");
    let titles = todos.iter().map(|todo| todo["title"].as_str());
    titles.map(|title| title.expect("it has a title")).collect()
}
