//! What somebody sends who wants in. Over real sockets, to a real backend with the real services of authentication.
//!
//! What is common to them: a request counts as answered when a handler has run, so handlers take note of every call.
//! Tokens that somebody made are attacked beside the auth service, in `services/src/auth/tests/attacks.rs`.

mod cookies;
mod floods;
mod smuggling;
mod spellings;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use greenroom::auth::{RootAuth, UserTokenSettings};
use greenroom::config::{Config, FromConfig as _};
use greenroom::prelude::*;
use greenroom::{RootContext, services};
use greenroom_test_kit::{StartedTestBackend, TestBackend, test_backend};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A caller from outside who is let in.
const TOKEN: &str = "static-token-abcdef";

/// The paths that handlers were called for, each with the route that it came to.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<(&'static str, String)>>>);

impl Calls {
    /// Those since the last look.
    fn take(&self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

features! {
    /// The services that say who calls, in place of the kit's.
    real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
    ]
}

/// Has open and closed routes, and answers whatever else is asked of it.
#[backend_plugin(id = "example")]
async fn example(context: Arc<RootContext>, http_router: HttpRouter) {
    let calls = context.input::<Calls>().cloned().unwrap_or_default();
    let noted = |route: &'static str| {
        let calls = calls.clone();
        axum::routing::any(async move |uri: axum::http::Uri, _body: String| {
            let mut calls = calls.0.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push((route, uri.path().to_owned()));
            route
        })
    };
    let routes = [
        "/health",
        "/open/{id}",
        "/private",
        "/private/{id}",
        "/hidden",
        "/last",
    ];
    let routes = routes.into_iter().fold(Router::new(), |routes, route| {
        routes.route(route, noted(route))
    });
    let rest = noted("rest").with_state::<()>(());
    http_router.mount(routes.fallback_service(rest));
    for open in ["/health", "/open/:id", "/hidden", "/last"] {
        http_router.add_auth_policy(AuthPolicy::unauthenticated(open));
    }
}

/// Has routes for users with a cookie, and gives tokens of a user away.
#[backend_plugin(id = "people")]
async fn people(root: Arc<RootAuth>, logger: Logger, http_router: HttpRouter) -> Result<()> {
    let settings = UserTokenSettings::from_config(&Config::empty());
    let settings = settings.map_err(|_| "defaults are valid")?;
    let issuer = root.user_token_issuer(&settings, "http://localhost/api/auth", logger);
    let issuer = issuer.await?;
    let token = issuer.issue("user:default/jane", None).await?;
    let token = token.token.expose().to_owned();
    let by_cookie = async |_: WithCookie<Credentials<UserPrincipal>>| "jane";
    let full = async |_: Credentials<UserPrincipal>| "jane";
    http_router.mount(
        Router::new()
            .route("/token", get(async move || token.clone()))
            .route("/picture", get(by_cookie).post(by_cookie))
            .route("/picture/edit", get(full).post(full))
            .route("/settings", get(by_cookie).post(by_cookie)),
    );
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/token"));
    http_router.add_auth_policy(AuthPolicy::user_cookie("/picture"));
    Ok(())
}

/// A backend that listens, what its handlers are called for, and where it listens.
async fn target(backend: Value) -> (StartedTestBackend, Calls, SocketAddr) {
    started(backend, |backend| backend).await
}

async fn started(
    mut backend: Value,
    and: impl FnOnce(TestBackend) -> TestBackend,
) -> (StartedTestBackend, Calls, SocketAddr) {
    let calls = Calls::default();
    backend["auth"] = json!({ "externalAccess": [
        { "type": "static", "options": { "token": TOKEN, "subject": "static-caller" } },
    ] });
    let composed = test_backend![real, example, people]
        .config(json!({ "backend": backend }))
        .input(calls.clone())
        .listen();
    let started = and(composed).start().await;
    let address = started.address().expect("it listens");
    (started, calls, address)
}

/// Sends these bytes on a connection of their own, and reads until the server closes it.
async fn exchange(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.expect("the server listens");
    // The server may refuse early and close before it has read all.
    let _ = stream.write_all(bytes).await;
    rest(&mut stream).await
}

/// What comes before the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of the first answer; 0 if there is none.
fn status(answers: &str) -> u16 {
    let status = answers
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    status.and_then(|status| status.parse().ok()).unwrap_or(0)
}
