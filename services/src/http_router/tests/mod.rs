//! A plugin's routes behind the gate and the barrier, through the whole of the framework.

mod access;
mod credentials;
mod framework;
mod life_cycle;
mod registering;
mod surprising;
mod tracing_span;
mod why_refused;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use axum::routing::{get, post};
use greenroom_di_core::lifecycle::PluginState;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{
    AuthPolicy, HttpRouter, HttpRouterError, HttpRouterParts, HttpRouterSettings, OnError, create,
};
use crate::auth::{
    Auth, AuthError, AuthService, Credentials, LimitedUserToken, PublicKey, ServicePrincipal,
    Token, TokenAccess, UserPrincipal,
};
use crate::config::{Config, FromConfig as _, Mode};
use crate::http_auth::{Allow, HttpAuth, HttpAuthService};
use crate::http_error::HttpError;
use crate::logger::Logger;
use crate::root_http_router::testing::{Fixture, fixture};
use crate::root_http_router::{RequestId, RootHttpRouter};

/// Knows no token. Its one public key is called `one`.
struct Nobody;

/// An HTTP auth service to which every caller is nobody.
pub(super) fn nobody() -> HttpAuth {
    Arc::new(Nobody)
}

#[async_trait]
impl AuthService for Nobody {
    async fn authenticate(&self, _: &str, _: TokenAccess) -> Result<Credentials, AuthError> {
        Err(AuthError::authentication("Illegal token"))
    }

    fn own_service_credentials(&self) -> Credentials<ServicePrincipal> {
        Credentials::service("plugin:example")
    }

    async fn plugin_request_token(
        &self,
        _: &Credentials,
        _: &str,
    ) -> Result<Option<Token>, AuthError> {
        Ok(None)
    }

    async fn limited_user_token(
        &self,
        _: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError> {
        Err(AuthError::authentication("nobody is a user"))
    }

    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        let mut key = PublicKey::new();
        key.insert("kid".to_owned(), json!("one"));
        Ok(vec![key])
    }
}

#[async_trait]
impl HttpAuthService for Nobody {
    async fn credentials(&self, _: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        allow.check(Credentials::none().into_any())
    }

    async fn issue_user_cookie(
        &self,
        request: &Parts,
        _: &mut HeaderMap,
        _: Option<Credentials>,
    ) -> Result<SystemTime, AuthError> {
        self.credentials(request, Allow::USER).await?;
        Ok(SystemTime::UNIX_EPOCH)
    }
}

struct Plugin {
    root: Fixture,
    router: HttpRouter,
    state: watch::Sender<PluginState>,
    errors: Arc<Mutex<Vec<HttpRouterError>>>,
}

fn plugin(backend: Value) -> Plugin {
    plugin_with(backend, Arc::new(Nobody), nobody())
}

fn plugin_with(backend: Value, auth: Auth, http_auth: HttpAuth) -> Plugin {
    let config = Config::from_json(json!({ "backend": backend }));
    let mode = match backend["mode"].as_str() {
        Some("development") => Mode::Development,
        _ => Mode::Production,
    };
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
    let settings = HttpRouterSettings::from_config(&config).expect("the settings are valid");
    let router = create(HttpRouterParts {
        plugin_id: "example",
        settings: HttpRouterSettings { mode, ..settings },
        logger: &logger,
        auth,
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
