//! A service of the plugin's own: where the things to do are kept.

use std::sync::{Arc, Mutex, PoisonError};

use greenroom::prelude::*;
use serde::Serialize;

use super::settings::ExampleSettings;

#[derive(Clone, Debug, Serialize)]
pub struct Todo {
    pub id: usize,
    pub title: String,
}

#[derive(Debug, thiserror::Error)]
#[error("there are {0} things to do already, which is as many as the setting `maxTodos` allows")]
pub struct TooMany(pub usize);

#[service(id = "example.todoStore", provided_by = "example::todo_store")]
pub trait TodoStoreService: Send + Sync {
    fn add(&self, title: &str) -> Result<Todo, TooMany>;
    fn all(&self) -> Vec<Todo>;
}

pub type TodoStore = Arc<dyn TodoStoreService>;

struct InMemory {
    limit: usize,
    todos: Mutex<Vec<Todo>>,
}

impl TodoStoreService for InMemory {
    fn add(&self, title: &str) -> Result<Todo, TooMany> {
        let mut todos = self.todos.lock().unwrap_or_else(PoisonError::into_inner);
        if todos.len() >= self.limit {
            return Err(TooMany(todos.len()));
        }
        let todo = Todo {
            id: todos.len() + 1,
            title: title.to_owned(),
        };
        todos.push(todo.clone());
        Ok(todo)
    }

    fn all(&self) -> Vec<Todo> {
        let todos = self.todos.lock().unwrap_or_else(PoisonError::into_inner);
        todos.clone()
    }
}

#[service_factory]
pub fn todo_store(settings: Settings<ExampleSettings>) -> Arc<dyn TodoStoreService> {
    Arc::new(InMemory {
        limit: usize::from(settings.max_todos),
        todos: Mutex::default(),
    })
}
