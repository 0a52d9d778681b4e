//! What a handler sees of its request.

use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::{HeaderMap, Method, Uri, header};
use greenroom::prelude::*;
use serde::Serialize;

use super::any::Any;
use super::query;

pub fn routes() -> Router {
    Router::new()
        .route("/request", get(seen))
        .route("/params/{id}", get(params))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    method: String,
    url: String,
    original_url: String,
    base_url: String,
    path: String,
    query: Any,
    hostname: Option<String>,
}

async fn seen(
    method: Method,
    uri: Uri,
    OriginalUri(original): OriginalUri,
    headers: HeaderMap,
) -> Json<Seen> {
    let whole = original.path();
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    Json(Seen {
        method: method.to_string(),
        url: written(&uri),
        original_url: written(&original),
        base_url: whole.strip_suffix(uri.path()).unwrap_or(whole).to_owned(),
        path: uri.path().to_owned(),
        query: query::read(uri.query().unwrap_or_default()),
        hostname: host.map(|host| host.split(':').next().unwrap_or(host).to_owned()),
    })
}

#[derive(Serialize)]
struct Params {
    id: String,
    path: String,
    url: String,
}

async fn params(Path(id): Path<String>, uri: Uri) -> Json<Params> {
    Json(Params {
        id,
        path: uri.path().to_owned(),
        url: written(&uri),
    })
}

/// Path and query, as sent.
fn written(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or("/", |whole| whole.as_str())
        .to_owned()
}
