//! The two health routes.
//!
//! Orchestrators poll them for as long as the backend lives, so the healthy answer is made once. The
//! configured headers (`backend.health.headers`) are on both routes, whatever they answer.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Serialize;

use super::{Health, RootHealth};
use crate::config::Mode;
use crate::http_error::{JSON, weak_etag};
use crate::root_http_router::{Endpoint, EndpointFuture};

/// Answers below the health path.
pub(super) struct HealthEndpoint {
    health: RootHealth,
    headers: HeaderMap,
    mode: Mode,
    ok: (Bytes, HeaderValue),
}

/// The wire form; the keys stand in the anchor's order, and what the anchor does not have comes last.
#[derive(Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'a [Cow<'static, str>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    away: Option<&'a [Cow<'static, str>]>,
}

impl Payload<'static> {
    fn of_status(status: &'static str) -> Self {
        Self {
            message: None,
            status,
            failed: None,
            away: None,
        }
    }
}

impl HealthEndpoint {
    pub(super) fn new(health: RootHealth, headers: HeaderMap, mode: Mode) -> Self {
        let ok = render(mode, &Payload::of_status("ok"));
        Self {
            health,
            headers,
            mode,
            ok,
        }
    }

    fn answer(&self, method: &Method, path: &str) -> Response {
        let path = path.strip_suffix('/').unwrap_or(path);
        let health = if path.eq_ignore_ascii_case("/readiness") {
            self.health.readiness()
        } else if path.eq_ignore_ascii_case("/liveness") {
            self.health.liveness()
        } else {
            return StatusCode::NOT_FOUND.into_response();
        };
        if method == Method::OPTIONS {
            return self.allowed_methods();
        }
        if method != Method::GET && method != Method::HEAD {
            return StatusCode::NOT_FOUND.into_response();
        }
        let (status, (body, etag)) = match health {
            Health::Ok => (StatusCode::OK, self.ok.clone()),
            Health::Degraded { failed, away } => {
                let payload = Payload {
                    failed: Some(&*failed).filter(|failed| !failed.is_empty()),
                    away: Some(&*away).filter(|away| !away.is_empty()),
                    ..Payload::of_status("degraded")
                };
                (StatusCode::OK, render(self.mode, &payload))
            }
            Health::Error { message } => {
                let payload = Payload {
                    message: Some(&message),
                    ..Payload::of_status("error")
                };
                (StatusCode::SERVICE_UNAVAILABLE, render(self.mode, &payload))
            }
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        response.headers_mut().insert(header::ETAG, etag);
        response
    }

    /// What the anchor tells about its routes.
    fn allowed_methods(&self) -> Response {
        let methods = "GET,HEAD";
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let headers = [
            (header::ALLOW, HeaderValue::from_static(methods)),
            (header::CONTENT_TYPE, html),
            (header::ETAG, weak_etag(methods.as_bytes())),
        ];
        (self.headers.clone(), headers, methods).into_response()
    }
}

impl Endpoint for HealthEndpoint {
    fn call(self: Arc<Self>, request: Request) -> EndpointFuture {
        let response = self.answer(request.method(), request.uri().path());
        Box::pin(std::future::ready(response))
    }
}

fn render(mode: Mode, payload: &Payload<'_>) -> (Bytes, HeaderValue) {
    let written = match mode {
        Mode::Development => serde_json::to_vec_pretty(payload),
        Mode::Production => serde_json::to_vec(payload),
    };
    let body = written.expect("strings serialise into memory without fail");
    let etag = weak_etag(&body);
    (Bytes::from(body), etag)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;
    use crate::root_health::RootHealthService;

    /// Alive, and as ready as it is told to be.
    struct Fixed(Health);

    impl RootHealthService for Fixed {
        fn liveness(&self) -> Health {
            Health::Ok
        }

        fn readiness(&self) -> Health {
            self.0.clone()
        }
    }

    async fn ask(mode: Mode, method: Method, path: &str) -> (u16, String) {
        let starting = Health::error("Backend has not started yet");
        ask_one_that_is(starting, mode, method, path).await
    }

    async fn ask_one_that_is(
        readiness: Health,
        mode: Mode,
        method: Method,
        path: &str,
    ) -> (u16, String) {
        let mut headers = HeaderMap::new();
        headers.insert("x-health", HeaderValue::from_static("yes"));
        let endpoint = HealthEndpoint::new(Arc::new(Fixed(readiness)), headers, mode);
        let response = endpoint.answer(&method, path);
        let status = response.status().as_u16();
        assert!(status == 404 || response.headers().contains_key("x-health"));
        let body = to_bytes(response.into_body(), 1000)
            .await
            .expect("the body is in memory");
        (
            status,
            String::from_utf8(body.to_vec()).expect("JSON is UTF-8"),
        )
    }

    #[tokio::test]
    async fn answers_have_the_anchors_status_and_body() {
        let ok = r#"{"status":"ok"}"#;
        let error = r#"{"message":"Backend has not started yet","status":"error"}"#;
        let table = [
            (Method::GET, "/liveness", 200, ok),
            (Method::HEAD, "/liveness", 200, ok),
            (Method::GET, "/liveness/", 200, ok),
            (Method::GET, "/Liveness", 200, ok),
            (Method::GET, "/readiness", 503, error),
            (Method::OPTIONS, "/readiness", 200, "GET,HEAD"),
            (Method::POST, "/readiness", 404, ""),
            (Method::GET, "/other", 404, ""),
            (Method::GET, "/", 404, ""),
        ];
        for (method, path, status, body) in table {
            let answer = ask(Mode::Production, method, path).await;
            assert_eq!(answer, (status, body.to_owned()), "{path}");
        }
    }

    #[tokio::test]
    async fn development_indents() {
        let (_, body) = ask(Mode::Development, Method::GET, "/liveness").await;
        assert_eq!(body, "{\n  \"status\": \"ok\"\n}");
    }

    #[tokio::test]
    async fn degraded_is_ready_and_names_what_is_missing() {
        let (mode, path) = (Mode::Production, "/readiness");
        for (readiness, expected) in [
            (Health::Ok, r#"{"status":"ok"}"#),
            (
                Health::degraded(["catalog", "search"]),
                r#"{"status":"degraded","failed":["catalog","search"]}"#,
            ),
            (
                Health::Ok.without(["cache"]),
                r#"{"status":"degraded","away":["cache"]}"#,
            ),
            (
                Health::degraded(["catalog"]).without(["cache"]),
                r#"{"status":"degraded","failed":["catalog"],"away":["cache"]}"#,
            ),
        ] {
            let answer = ask_one_that_is(readiness, mode, Method::GET, path).await;
            assert_eq!(answer, (200, expected.to_owned()));
        }
    }
}
