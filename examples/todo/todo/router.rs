//! The routes of the plugin, below `/api/todo`. They are for users, and each sees only what is the user's own.

use axum::http::StatusCode;
use greenroom::config::HumanDuration;
use greenroom::prelude::*;
use serde::Deserialize;

use super::todos::{Page, Todo, Todos};

pub fn create(todos: Todos) -> Router {
    Router::new()
        .route("/todos", get(list).post(add))
        .route("/todos/{id}", get(read).patch(change).delete(remove))
        .with_state(todos)
}

type User = Credentials<UserPrincipal>;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Start {
    after: i64,
}

async fn list(
    State(todos): State<Todos>,
    user: User,
    Query(start): Query<Start>,
) -> Result<Json<Page>, ApiError> {
    Ok(Json(todos.list(owner(&user), start.after).await?))
}

async fn read(
    State(todos): State<Todos>,
    user: User,
    Path(id): Path<i64>,
) -> Result<Json<Todo>, ApiError> {
    let found = todos.find(owner(&user), id).await?;
    Ok(Json(found.ok_or_else(|| missing(id))?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewTodo {
    title: Title,
    remind_after: Option<HumanDuration>,
}

async fn add(
    State(todos): State<Todos>,
    user: User,
    Json(new): Json<NewTodo>,
) -> Result<(StatusCode, Json<Todo>), ApiError> {
    let remind_after = new.remind_after.map(Into::into);
    let todo = todos.add(owner(&user), new.title.0, remind_after).await?;
    Ok((StatusCode::CREATED, Json(todo)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    done: bool,
}

async fn change(
    State(todos): State<Todos>,
    user: User,
    Path(id): Path<i64>,
    Json(change): Json<Change>,
) -> Result<Json<Todo>, ApiError> {
    let changed = todos.set_done(owner(&user), id, change.done).await?;
    Ok(Json(changed.ok_or_else(|| missing(id))?))
}

async fn remove(
    State(todos): State<Todos>,
    user: User,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    match todos.remove(owner(&user), id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(missing(id).into()),
    }
}

fn owner(user: &User) -> &str {
    &user.principal().user_entity_ref
}

/// What others have is missing too: that it exists is nobody else's business.
fn missing(id: i64) -> HttpError {
    HttpError::not_found(format!("You have no todo {id}"))
}

/// A title that was checked where it came in, so that nothing behind has to. The refusal names its place in the body.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Title(String);

impl TryFrom<String> for Title {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let title = text.trim();
        let fits = (1..=500).contains(&title.chars().count());
        match fits && !title.contains(char::is_control) {
            true => Ok(Self(title.to_owned())),
            false => Err("a title has 1 to 500 characters, all on one line"),
        }
    }
}
