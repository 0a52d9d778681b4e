//! How large a body of JSON may be.
//!
//! The limit of the backend, `backend.server.bodyLimit`, holds for every body and stops it on its way in. A
//! route may ask for less, never for more: how much memory a stranger may fill is the operator's to say. Both
//! answer in the same words.

use axum::Extension;
use http::Extensions;

use crate::http_error::HttpError;

/// 100 kB, as in Backstage, where no backend is around the route.
const DEFAULT: u64 = 100 * 1024;

/// The limit of a route; [`json_limit`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct JsonLimit(u64);

/// The limit of the backend, for a body that grows after it has come in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ceiling(pub(crate) u64);

/// A layer for a route or a router: [`Json`](super::Json) reads at most so many bytes, if the backend's own limit
/// allows as many.
///
/// ```
/// # use greenroom_services as greenroom;
/// use axum::{Router, routing::post};
/// use greenroom::handler::{Json, json_limit};
///
/// # async fn note(Json(_): Json<serde_json::Value>) {}
/// let router: Router = Router::new().route("/notes", post(note).layer(json_limit(1024)));
/// ```
///
/// For axum's own extractors there is `axum::extract::DefaultBodyLimit`.
#[must_use = "a limit does nothing until it is a layer"]
pub fn json_limit(bytes: u64) -> Extension<JsonLimit> {
    Extension(JsonLimit(bytes))
}

/// The limit that holds for a request.
pub(super) fn limit_of(extensions: &Extensions) -> u64 {
    let ceiling = extensions.get().map_or(DEFAULT, |&Ceiling(limit)| limit);
    let own = extensions.get().map_or(ceiling, |&JsonLimit(limit)| limit);
    own.min(ceiling)
}

/// 413 for a body that is announced as too large.
pub(super) fn announced_too_much(length: u64, limit: u64) -> HttpError {
    HttpError::payload_too_large()
        .with_field("expected", length)
        .with_field("length", length)
        .with_field("limit", limit)
        .with_field("type", "entity.too.large")
}

/// 413 for a body that has become too large.
pub(super) fn received_too_much(received: u64, limit: u64) -> HttpError {
    HttpError::payload_too_large()
        .with_field("limit", limit)
        .with_field("received", received)
        .with_field("type", "entity.too.large")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_asks_for_less_and_never_for_more() {
        let mut extensions = Extensions::new();
        assert_eq!(limit_of(&extensions), 102_400);
        extensions.insert(Ceiling(10));
        assert_eq!(limit_of(&extensions), 10);
        for (own, limit) in [(5, 5), (20, 10)] {
            extensions.insert(JsonLimit(own));
            assert_eq!(limit_of(&extensions), limit);
        }
    }
}
