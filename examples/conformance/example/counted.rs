//! A number in the cache.

use std::time::Duration;

use greenroom::prelude::*;
use serde_json::{Value, json};

pub fn routes(cache: Cache) -> Router {
    Router::new().route("/cache", get(count)).with_state(cache)
}

async fn count(State(cache): State<Cache>) -> Result<Json<Value>, ApiError> {
    let n: Option<u64> = cache.get("n").await;
    let minute = Duration::from_secs(60);
    cache
        .set_with("n", &(n.unwrap_or_default() + 1), minute)
        .await?;
    Ok(Json(json!({ "ok": true })))
}
