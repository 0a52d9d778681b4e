//! A plugin's routes behind the gate and the barrier, through the whole of the framework.

mod access;
mod credentials;
mod life_cycle;
mod registering;
mod tracing_span;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use axum::routing::{get, post};
use greenroom_di_core::lifecycle::PluginState;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    AuthPolicy, HttpRouter, HttpRouterError, HttpRouterParts, HttpRouterSettings, OnError, create,
};
use crate::config::{Config, FromConfig as _};
use crate::http_auth::HttpAuth;
use crate::http_error::HttpError;
use crate::logger::Logger;
use crate::root_http_router::testing::{Fixture, fixture};
use crate::root_http_router::{RequestId, RootHttpRouter};

struct Plugin {
    root: Fixture,
    router: HttpRouter,
    state: watch::Sender<PluginState>,
    errors: Arc<Mutex<Vec<HttpRouterError>>>,
}

fn plugin(backend: Value) -> Plugin {
    plugin_with(backend, None)
}

fn plugin_with(backend: Value, http_auth: Option<HttpAuth>) -> Plugin {
    let config = Config::from_json(json!({ "backend": backend }));
    let root = fixture(backend);
    let (state, watched) = watch::channel(PluginState::Starting);
    let errors = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&errors);
    let on_error: OnError = Arc::new(move |error| {
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(error);
    });
    let logger: Logger = Arc::new(root.log.clone());
    let router = create(HttpRouterParts {
        plugin_id: "example",
        settings: HttpRouterSettings::from_config(&config).expect("the settings are valid"),
        logger: &logger,
        http_auth,
        root: &(Arc::clone(&root.router) as RootHttpRouter),
        state: watched,
        on_error,
    });
    let router = router.expect("nothing else is mounted there");
    Plugin {
        root,
        router,
        state,
        errors,
    }
}

/// A plugin that is up, with a few routes and policies.
fn started(backend: Value) -> Plugin {
    let plugin = plugin(backend);
    plugin.router.mount(
        Router::new()
            .route("/health", get(|| async { "ok" }))
            .route("/private", get(|| async { "private" }))
            .route(
                "/open/{id}",
                get(|uri: OriginalUri| async move { uri.0.to_string() }),
            ),
    );
    plugin.router.mount(
        Router::new()
            .route("/open/echo", post(|body: String| async { body }))
            .route(
                "/open/id",
                get(|id: axum::Extension<RequestId>| async move { id.0.to_string() }),
            )
            .route(
                "/open/internal",
                get(|| async { HttpError::internal("the secret") }),
            ),
    );
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/health"));
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/open/:id"));
    plugin
        .router
        .add_auth_policy(AuthPolicy::user_cookie("/cookie"));
    plugin.state.send_replace(PluginState::Started);
    plugin
}

impl Plugin {
    fn request(method: Method, path: &str, body: Body) -> Request {
        let request = Request::builder().method(method).uri(path).body(body);
        request.expect("the request is well formed")
    }

    async fn send(&self, method: Method, path: &str) -> (u16, HeaderMap, String) {
        let request = Self::request(method, path, Body::empty());
        read(self.root.router.handle(request).await).await
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.send(Method::GET, path).await;
        (status, body)
    }

    fn errors(&self) -> Vec<HttpRouterError> {
        self.errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

async fn read(response: Response) -> (u16, HeaderMap, String) {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX)
        .await
        .expect("the body is in memory");
    let body = String::from_utf8(body.to_vec()).expect("the body is text");
    (parts.status.as_u16(), parts.headers, body)
}
