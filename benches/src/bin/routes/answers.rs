//! What all contenders answer, as types: what is read is checked, as a plugin would.

use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// The user of the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Who {
    pub(crate) user_entity_ref: String,
}

/// The open route.
#[derive(Serialize)]
pub(crate) struct Health {
    pub(crate) status: &'static str,
}

/// The body that goes in and out.
#[derive(Deserialize, Serialize)]
pub(crate) struct Order {
    id: u64,
    customer: String,
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
struct Item {
    id: u64,
    name: String,
    price: f64,
    tags: Vec<String>,
}

impl Order {
    /// About a kilobyte of JSON.
    pub(crate) fn example() -> Self {
        let item = |id| Item {
            id,
            name: format!("item number {id}"),
            price: 0.5 + id as f64,
            tags: vec!["red".to_owned(), "round".to_owned()],
        };
        Self {
            id: 4711,
            customer: "user:default/jane".to_owned(),
            items: (1..=14).map(item).collect(),
        }
    }
}

pub(crate) async fn health() -> Response {
    axum::Json(Health { status: "ok" }).into_response()
}
