//! A browser with its cookies, and a backend that it signs in at.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use greenroom::prelude::*;
use greenroom::services;
use greenroom_test_kit::{StartedTestBackend, TestBackend, TestResponse, test_backend};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::identity_provider::{CLIENT, IdentityProvider, NOW, SECRET};

features! {
    /// The plugin, and the services that say who calls in place of the kit's.
    pub(crate) real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
        greenroom_auth_backend::plugin,
    ]
}

pub(crate) const APP: &str = "http://portal.test";
pub(crate) const FRAME: &str = "/api/auth/oidc/handler/frame";

/// The time in all tests.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// The configuration of a client of this provider, with other keys than the usual ones.
pub(crate) fn config(provider: &IdentityProvider, changes: Value) -> Value {
    let mut client = json!({
        "clientId": CLIENT,
        "clientSecret": SECRET,
        "metadataUrl": provider.issuer(),
        "tokenSignedResponseAlg": "ES256",
        "prompt": "auto",
        "signIn": { "resolvers": [{
            "resolver": "emailLocalPartMatchingUserEntityName",
            "dangerouslyAllowSignInWithoutUserInCatalog": true,
        }]},
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        client[name] = value.clone();
    }
    json!({
        "app": { "baseUrl": APP },
        "backend": { "baseUrl": APP },
        "auth": {
            "environment": "development",
            "providers": { "oidc": { "development": client } },
        },
    })
}

/// A backend that listens, since its catalog would be asked there.
pub(crate) fn backend(provider: &IdentityProvider, changes: Value) -> TestBackend {
    let backend = test_backend![real].config(config(provider, changes));
    backend.listen().paused_clock_at(now())
}

/// Both, of the usual kind.
pub(crate) async fn both() -> (IdentityProvider, StartedTestBackend) {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let backend = backend(&provider, json!({})).start().await;
    (provider, backend)
}

/// Keeps cookies, and sends each where it belongs.
pub(crate) struct Browser<'b> {
    pub(crate) backend: &'b StartedTestBackend,
    /// By name; the path and the value.
    pub(crate) cookies: BTreeMap<String, (String, String)>,
}

impl<'b> Browser<'b> {
    pub(crate) fn new(backend: &'b StartedTestBackend) -> Self {
        Self {
            backend,
            cookies: BTreeMap::new(),
        }
    }

    /// Follows a link.
    pub(crate) async fn get(&mut self, path: &str) -> TestResponse {
        self.send(path, "GET", &[]).await
    }

    /// What the app's script does.
    pub(crate) async fn script(&mut self, method: &str, path: &str) -> TestResponse {
        let script = [("x-requested-with", "XMLHttpRequest"), ("origin", APP)];
        self.send(path, method, &script).await
    }

    pub(crate) async fn send(
        &mut self,
        path: &str,
        method: &str,
        headers: &[(&str, &str)],
    ) -> TestResponse {
        let mut request = match method {
            "POST" => self.backend.post(path),
            _ => self.backend.get(path),
        };
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .filter(|(_, (at, _))| path.starts_with(at))
            .map(|(name, (_, value))| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await;
        for cookie in answer.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().expect("cookies are visible");
            let (pair, attributes) = cookie.split_once("; ").expect("they have attributes");
            let (name, value) = pair.split_once('=').expect("they have a value");
            assert!(attributes.contains("; HttpOnly"), "{cookie}");
            if attributes.starts_with("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                let (_, path) = attributes.split_once("Path=").expect("they have a path");
                let path = path.split(';').next().unwrap_or_default().to_owned();
                self.cookies
                    .insert(name.to_owned(), (path, value.to_owned()));
            }
        }
        answer
    }

    /// Where the app's sign-in sends the browser.
    pub(crate) async fn start(&mut self, more: &str) -> String {
        let path = format!("/api/auth/oidc/start?env=development&origin={APP}{more}");
        let answer = self.get(&path).await;
        answer.assert_status(302);
        let location = answer.header("location").expect("it is a redirect");
        location.to_owned()
    }

    /// To the provider and back, as far as the address that the provider sends the browser back to.
    pub(crate) async fn agree(&mut self, provider: &IdentityProvider) -> String {
        let url = self.start("").await;
        path_of(&provider.visit(&url).await)
    }

    /// A whole sign-in: what the app is told.
    pub(crate) async fn sign_in(&mut self, provider: &IdentityProvider) -> Value {
        let back = self.agree(provider).await;
        let answer = self.get(&back).await;
        told(&answer, APP)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(|(_, value)| value.as_str())
    }
}

/// The part of an address that is sent in a request.
pub(crate) fn path_of(url: &Url) -> String {
    assert_eq!(url.origin().ascii_serialization(), APP);
    url[url::Position::BeforePath..].to_owned()
}

/// What a page tells the app at this origin.
pub(crate) fn told(page: &TestResponse, origin: &str) -> Value {
    page.assert_status(200);
    page.assert_header("content-type", "text/html");
    page.assert_header("x-frame-options", "sameorigin");
    let texts: Vec<_> = page.text().split("decodeURIComponent('").skip(1).collect();
    let texts: Vec<_> = texts
        .iter()
        .filter_map(|text| text.split_once("')"))
        .map(|(text, _)| {
            let query = format!("text={text}");
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            let (_, text) = pairs.next().expect("there is a text");
            text.into_owned()
        })
        .collect();
    let [target, message] = &texts[..] else {
        panic!("no message: {page:?}");
    };
    assert_eq!(target, origin);
    let message: Value = serde_json::from_str(message).expect("it is JSON");
    assert_eq!(message["type"], "authorization_response");
    message
}
