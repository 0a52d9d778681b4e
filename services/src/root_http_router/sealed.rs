//! An axum router as the framework serves it, where the anchor and axum differ.
//!
//! The anchor answers an unmatched method like an unmatched path, without a body, and so never tells
//! an anonymous caller which routes exist; axum would answer 405 with `Allow`. Only OPTIONS lists the
//! methods of a route. HEAD has the headers of GET, entity tag and all. Paths are compared leniently.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use tower_service::Service;

use super::lenient_path::LenientPaths;
use super::{Endpoint, EndpointFuture, entity_tag, indent};

/// A router to which nothing can be added any more.
#[derive(Clone)]
pub(crate) struct SealedRouter {
    router: Router,
    // The same for HEAD: axum takes the body away, so what is told about it has to be told before.
    head: Router,
    paths: LenientPaths,
}

/// Marks the answer of [`unmatched`], from which the `Allow` header still has to go.
#[derive(Clone, Copy)]
struct Unmatched;

impl SealedRouter {
    /// Seals a router; a fallback of its own is kept.
    pub(crate) fn new(router: Router) -> Self {
        // `with_state` turns handlers into routes now instead of at every request.
        let router = router.method_not_allowed_fallback(unmatched).with_state(());
        Self {
            head: router.clone().layer(from_fn(described)),
            paths: LenientPaths::of(&router),
            router,
        }
    }

    /// Routes one request.
    pub(crate) fn route(
        &self,
        mut request: Request,
    ) -> impl Future<Output = Response> + Send + 'static {
        self.paths.correct(&mut request);
        let asks_for_methods = request.method() == Method::OPTIONS;
        let router = if request.method() == Method::HEAD {
            &self.head
        } else {
            &self.router
        };
        let answer = router.clone().call(request);
        async move {
            let mut response = match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.status() == StatusCode::NOT_FOUND
                && response.extensions_mut().remove::<Unmatched>().is_some()
            {
                let methods = response.headers_mut().remove(header::ALLOW);
                if let Some(methods) = methods.filter(|_| asks_for_methods) {
                    return methods_of_route(methods);
                }
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

/// The anchor's answer to OPTIONS.
fn methods_of_route(methods: HeaderValue) -> Response {
    let body = methods.as_bytes().to_vec();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    (
        [(header::ALLOW, methods), (header::CONTENT_TYPE, html)],
        body,
    )
        .into_response()
}

async fn described(request: Request, next: Next) -> Response {
    let indented = indent::is_announced(&request);
    let mut response = next.run(request).await;
    if indented {
        indent::apply(&mut response);
    }
    entity_tag::complete(&mut response);
    response
}

async fn unmatched() -> Response {
    let mut response = StatusCode::NOT_FOUND.into_response();
    response.extensions_mut().insert(Unmatched);
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, HttpBody, to_bytes};
    use axum::routing::{get, options};

    use super::*;

    async fn json() -> axum::Json<serde_json::Value> {
        axum::Json(serde_json::json!({"status": "ok"}))
    }

    async fn ask(method: Method, path: &str) -> Response {
        let nested = Router::new().route("/b", get(|| async { "b" }));
        let router = Router::new()
            .route("/a", get(|| async { "a" }))
            .route("/own", options(|| async { "own" }).get(|| async { "a" }))
            .route("/json", get(json).post(json))
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

        let response = ask(Method::HEAD, "/json").await;
        let header = |name| response.headers()[name].to_str().ok();
        assert_eq!(header(header::CONTENT_LENGTH), Some("15"));
        assert_eq!(
            header(header::ETAG),
            Some(r#"W/"f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg""#)
        );
        assert_eq!(
            header(header::CONTENT_TYPE),
            Some("application/json; charset=utf-8")
        );
    }

    #[tokio::test]
    async fn options_lists_the_methods_of_a_route() {
        for (path, allowed) in [
            ("/a", Some("GET,HEAD")),
            ("/json", Some("GET,HEAD,POST")),
            ("/n/b", Some("GET,HEAD")),
            ("/N/B/", Some("GET,HEAD")),
            ("/x", None),
        ] {
            let response = ask(Method::OPTIONS, path).await;
            let allow = response.headers().get(header::ALLOW).cloned();
            assert_eq!(
                allow.as_ref().map(|allow| allow.to_str().expect("ASCII")),
                allowed
            );
            let body = to_bytes(response.into_body(), 100)
                .await
                .expect("in memory");
            assert_eq!(body, allowed.unwrap_or_default(), "{path}");
        }
        let own = ask(Method::OPTIONS, "/own").await;
        let body = to_bytes(own.into_body(), 100).await.expect("in memory");
        assert_eq!(body, "own");
    }
}
