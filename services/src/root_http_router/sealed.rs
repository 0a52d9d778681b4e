//! An axum router as the framework serves it: with 404 for everything unmatched.
//!
//! The anchor answers an unmatched method like an unmatched path, without a body, and so never tells
//! an anonymous caller which routes exist. axum would answer 405 with `Allow`.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tower_service::Service;

use super::{Endpoint, EndpointFuture};

/// A router to which nothing can be added any more.
#[derive(Clone)]
pub(crate) struct SealedRouter {
    router: Router,
}

/// Marks the answer of [`unmatched`], from which the `Allow` header still has to go.
#[derive(Clone, Copy)]
struct Unmatched;

impl SealedRouter {
    /// Seals a router; a fallback of its own is kept.
    pub(crate) fn new(router: Router) -> Self {
        // `with_state` turns handlers into routes now instead of at every request.
        Self {
            router: router.method_not_allowed_fallback(unmatched).with_state(()),
        }
    }

    /// Routes one request.
    pub(crate) fn route(
        &self,
        request: Request,
    ) -> impl Future<Output = Response> + Send + 'static {
        let answer = self.router.clone().call(request);
        async move {
            let mut response = match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.status() == StatusCode::NOT_FOUND
                && response.extensions_mut().remove::<Unmatched>().is_some()
            {
                response.headers_mut().remove(header::ALLOW);
            }
            response
        }
    }
}

impl Endpoint for SealedRouter {
    fn call(self: Arc<Self>, request: Request) -> EndpointFuture {
        // Routing itself happens inside of the future, so that a panic in it is contained too.
        Box::pin(async move { self.route(request).await })
    }
}

async fn unmatched() -> Response {
    let mut response = StatusCode::NOT_FOUND.into_response();
    response.extensions_mut().insert(Unmatched);
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, HttpBody};
    use axum::routing::get;
    use http::Method;

    use super::*;

    async fn ask(method: Method, path: &str) -> Response {
        let nested = Router::new().route("/b", get(|| async { "b" }));
        let router = Router::new()
            .route("/a", get(|| async { "a" }))
            .nest("/n", nested);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty());
        SealedRouter::new(router)
            .route(request.expect("the request is well formed"))
            .await
    }

    #[tokio::test]
    async fn unmatched_methods_and_paths_are_the_same_bodiless_404() {
        for (method, path) in [
            (Method::POST, "/a"),
            (Method::POST, "/n/b"),
            (Method::GET, "/x"),
            (Method::GET, "/"),
        ] {
            let response = ask(method, path).await;
            assert_eq!(response.status(), 404, "{path}");
            assert!(!response.headers().contains_key(header::ALLOW), "{path}");
            assert!(response.into_body().is_end_stream(), "{path}");
        }
    }

    #[tokio::test]
    async fn head_mirrors_get() {
        let response = ask(Method::HEAD, "/n/b").await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_LENGTH], "1");
        assert!(response.into_body().is_end_stream());
    }
}
