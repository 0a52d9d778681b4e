//! A query that has to be right.

use greenroom::prelude::*;
use serde::{Deserialize, Serialize};

pub fn routes() -> Router {
    Router::new().route("/search", get(search))
}

#[derive(Deserialize)]
struct Asked {
    q: Option<String>,
    limit: Option<String>,
}

#[derive(Serialize)]
struct Found {
    items: [(); 0],
    query: Understood,
}

#[derive(Serialize)]
struct Understood {
    q: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}

async fn search(Query(asked): Query<Asked>) -> Result<Json<Found>, ApiError> {
    let q = asked.q.filter(|q| !q.is_empty());
    let q = q.ok_or_else(|| HttpError::input("`q` must be there and not empty"))?;
    let limit = asked.limit.map(|limit| {
        // As the recorded plugin reads it: `5.0` is whole too.
        let limit = limit.trim().parse().ok();
        let limit = limit.and_then(|limit: f64| (1..=100).find(|whole| f64::from(*whole) == limit));
        limit.ok_or_else(|| HttpError::input("`limit` must be a number from 1 to 100"))
    });
    let limit = limit.transpose()?;
    Ok(Json(Found {
        items: [],
        query: Understood { q, limit },
    }))
}
