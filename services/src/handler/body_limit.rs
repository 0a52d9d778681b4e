//! How large the body of a request may be, and how a route says so.
//!
//! The server puts its limit around every body before it knows the route. So the limit is a value that the body
//! and its request share: the layer of a route changes it on the way to the handler, and whoever reads looks at
//! it then. Nothing is read for that, so an answer that needs no body, such as a 401, meets no limit at all.
//!
//! A route may allow more than the operator configured, as with the model, where the limit is that of the JSON
//! parser alone: only the plugin knows which of its routes take files, and that they do not keep them in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::extract::DefaultBodyLimit;
use http::{Extensions, Request};
use tower_layer::Layer;
use tower_service::Service;

use crate::config::ByteSize;
use crate::http_error::HttpError;

/// 100 kB, as in Backstage, where no backend is around the route.
const DEFAULT: u64 = 100 * 1024;

/// A layer for a route or a router: what its routes read of a body is at most so large, whatever
/// `backend.server.bodyLimit` says.
///
/// ```
/// # use greenroom_services as greenroom;
/// use axum::{Router, body::Body, routing::post};
/// use greenroom::config::ByteSize;
/// use greenroom::handler::{Json, body_limit};
///
/// # async fn note(Json(_): Json<serde_json::Value>) {}
/// # async fn photo(_: Body) {}
/// let router: Router = Router::new()
///     .route("/notes", post(note).layer(body_limit(ByteSize::kb(1))))
///     .route("/photos", post(photo).layer(body_limit(ByteSize::mb(50))));
/// ```
///
/// It holds for [`Json`](super::Json), for the extractors of axum and for a body that is read piece by piece. It
/// is looked at when the body is read, and nothing is collected for it. Of two such layers the one nearer to the
/// handler counts.
#[must_use = "a limit does nothing until it is a layer"]
pub fn body_limit(limit: ByteSize) -> BodyLimit {
    BodyLimit(limit)
}

/// The limit of a route; [`body_limit`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(ByteSize);

impl<S> Layer<S> for BodyLimit {
    type Service = WithBodyLimit<S>;

    fn layer(&self, inner: S) -> WithBodyLimit<S> {
        WithBodyLimit {
            limit: self.0,
            inner,
        }
    }
}

/// What is inside of a [`BodyLimit`].
#[derive(Clone, Copy, Debug)]
pub struct WithBodyLimit<S> {
    limit: ByteSize,
    inner: S,
}

impl<B, S: Service<Request<B>>> Service<Request<B>> for WithBodyLimit<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let limit = self.limit.as_u64();
        let extensions = request.extensions_mut();
        match extensions.get::<SharedLimit>() {
            Some(shared) => shared.set(limit),
            None => drop(extensions.insert(SharedLimit::new(limit))),
        }
        // What axum's extractors look at where no backend is around the route.
        DefaultBodyLimit::max(self.limit.as_usize()).apply(&mut request);
        self.inner.call(request)
    }
}

/// The limit of one request's body.
#[derive(Clone, Debug)]
pub(crate) struct SharedLimit(Arc<AtomicU64>);

impl SharedLimit {
    /// A limit of so many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    /// How many bytes there may be.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

/// The limit that holds for a request.
pub(super) fn limit_of(extensions: &Extensions) -> u64 {
    extensions
        .get::<SharedLimit>()
        .map_or(DEFAULT, SharedLimit::get)
}

/// A request's body is larger than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("request entity too large")]
pub(crate) enum TooLarge {
    /// It was announced to be.
    Announced { length: u64, limit: u64 },
    /// It has become so on its way in, or when its compression was undone.
    Received { received: u64, limit: u64 },
}

impl From<TooLarge> for HttpError {
    fn from(error: TooLarge) -> Self {
        let refusal = Self::payload_too_large();
        let refusal = match error {
            TooLarge::Announced { length, limit } => refusal
                .with_field("expected", length)
                .with_field("length", length)
                .with_field("limit", limit),
            TooLarge::Received { received, limit } => refusal
                .with_field("limit", limit)
                .with_field("received", received),
        };
        refusal.with_field("type", "entity.too.large")
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::post;
    use bytes::Bytes;

    use super::*;
    use crate::handler::Json;

    async fn status(router: &Router, path: &str, length: usize) -> u16 {
        let body = format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .expect("a valid request");
        let Ok(answer) = router.clone().call(request).await;
        answer.status().as_u16()
    }

    #[tokio::test]
    async fn it_holds_without_a_backend_too() {
        let json = post(async |_: Json<serde_json::Value>| "read");
        let raw = post(async |_: Bytes| "read");
        let inner = Router::new().route("/inner", json.clone().layer(body_limit(ByteSize::mb(4))));
        let router = Router::new()
            .route("/json", json.clone())
            .merge(inner)
            .route("/raw", raw.layer(body_limit(ByteSize::mb(4))))
            .route_layer(body_limit(ByteSize::kb(1)))
            .route("/default", json);
        for (path, limit) in [
            ("/json", 1024),
            ("/inner", 4 << 20),
            ("/raw", 4 << 20),
            ("/default", 102_400),
        ] {
            assert_eq!(status(&router, path, limit).await, 200, "{path}");
            assert_eq!(status(&router, path, limit + 1).await, 413, "{path}");
        }
    }
}
