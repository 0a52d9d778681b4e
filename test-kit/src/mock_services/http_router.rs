//! `core.httpRouter` in tests.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use greenroom::http_router::{AuthPolicy, HttpRouter, HttpRouterService};
use greenroom::root_http_router::RootHttpRouterService as _;

use super::FakeRootHttpRouter;
use super::of_plugins::OfPlugins;
use crate::TestDouble;

/// The routes that a plugin registers, without the backend, and its policies, which nothing enforces here.
///
/// ```
/// # use axum::body::Body;
/// # use axum::extract::Request;
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::mock_services::FakeHttpRouter;
/// #[backend_plugin(id = "example")]
/// async fn plugin(http_router: HttpRouter) {
///     http_router.mount(Router::new().route("/health", get(async || "ok")));
///     http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let router = FakeHttpRouter::new();
/// plugin(router.clone()).await;
/// assert_eq!(router.policies(), [AuthPolicy::unauthenticated("/health")]);
/// let request = Request::get("/health").body(Body::empty()).unwrap();
/// assert_eq!(router.handle(request).await.status(), 200);
/// # }
/// ```
///
/// In a backend each plugin has its own, [`of_plugin`](Self::of_plugin), and the backend answers none of its requests.
#[derive(Debug, Default)]
pub struct FakeHttpRouter {
    router: Mutex<Router>,
    policies: Mutex<Vec<AuthPolicy>>,
    of_plugins: OfPlugins<Self>,
}

impl FakeHttpRouter {
    /// Without routes and policies.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// That of a plugin in a backend.
    #[must_use]
    pub fn of_plugin(&self, id: &str) -> Arc<Self> {
        self.of_plugins.get(id, Self::new)
    }

    /// All routes that were mounted.
    pub fn router(&self) -> Router {
        let router = self.router.lock().unwrap_or_else(PoisonError::into_inner);
        router.clone()
    }

    /// All policies, in the order in which they were added.
    #[must_use]
    pub fn policies(&self) -> Vec<AuthPolicy> {
        let policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        policies.clone()
    }

    /// Answers a request, as a backend would that lets everybody in. Its path is the plugin's, without `/api/<id>`.
    ///
    /// # Panics
    ///
    /// When the path does not begin with a slash.
    pub async fn handle(&self, mut request: Request) -> Response {
        // The root's router makes of routes what they are in a backend, such as 404 for a method that is not there.
        let path = request.uri().path_and_query();
        let whole = format!("/api/test{}", path.map_or("/", |path| path.as_str()));
        *request.uri_mut() = Uri::try_from(whole).expect("the path of a request begins with `/`");
        let root = FakeRootHttpRouter::new();
        let mounted = root.mount("/api/test", self.router());
        mounted.expect("nothing else is mounted there");
        root.handle(request).await
    }
}

impl HttpRouterService for FakeHttpRouter {
    /// Two routes that overlap are a panic, in axum's words.
    fn mount(&self, router: Router) {
        // Outside of the lock, which nothing poisons then.
        let merged = self.router().merge(router);
        *self.router.lock().unwrap_or_else(PoisonError::into_inner) = merged;
    }

    fn add_auth_policy(&self, policy: AuthPolicy) {
        let mut policies = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        policies.push(policy);
    }
}

impl TestDouble for FakeHttpRouter {
    type Service = dyn HttpRouterService;

    fn into_service(self: Arc<Self>) -> HttpRouter {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> HttpRouter {
        self.of_plugin(plugin)
    }
}

mock_service! {
    /// A mock of `core.httpRouter`.
    pub MockHttpRouterService for HttpRouterService {
        fn mount(&self, router: Router);
        fn add_auth_policy(&self, policy: AuthPolicy);
    }
}
