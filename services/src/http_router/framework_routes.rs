//! The routes that every plugin has without doing anything for it.
//!
//! | route | |
//! |---|---|
//! | `GET /.backstage/auth/v1/jwks.json` | the keys by which the plugin's tokens are verified; open, and ahead of the gate |
//! | `GET /.backstage/auth/v1/cookie` | puts the user into a cookie |
//! | `DELETE /.backstage/auth/v1/cookie` | takes that cookie away |
//!
//! As in the anchor, paths are compared without regard to case and may end with a slash, and what else is asked of
//! them goes on to the plugin.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::auth::{Auth, AuthError, Credentials, rfc3339};
use crate::config::Mode;
use crate::http_auth::HttpAuth;
use crate::http_error::{HttpError, JSON, weak_etag};

const KEYS: &str = "/.backstage/auth/v1/jwks.json";
const COOKIE: &str = "/.backstage/auth/v1/cookie";

/// Answers for the framework.
pub(super) struct FrameworkRoutes {
    auth: Auth,
    http_auth: HttpAuth,
    mode: Mode,
}

impl FrameworkRoutes {
    pub(super) fn new(auth: Auth, http_auth: HttpAuth, mode: Mode) -> Self {
        Self {
            auth,
            http_auth,
            mode,
        }
    }

    /// Whether somebody asks for the plugin's keys, which nothing may hold up.
    pub(super) fn asks_for_keys(request: &Request) -> bool {
        is_read(request.method()) && is_path(request, KEYS)
    }

    /// The plugin's keys.
    pub(super) async fn keys(&self) -> Response {
        match self.auth.list_public_service_keys().await {
            Ok(keys) => self.json(&json!({ "keys": keys })),
            Err(error) => HttpError::from(error).into_bare_response(),
        }
    }

    /// The answer to a request that has passed the barrier, or the request.
    pub(super) async fn behind_the_barrier(&self, request: Request) -> Result<Response, Request> {
        if !is_path(&request, COOKIE) {
            return Err(request);
        }
        let answer = if is_read(request.method()) {
            self.issue_cookie(request).await
        } else if request.method() == Method::DELETE {
            self.clear_cookie(request).await
        } else {
            return Err(request);
        };
        Ok(answer.unwrap_or_else(|error| HttpError::from(error).into_bare_response()))
    }

    async fn issue_cookie(&self, request: Request) -> Result<Response, AuthError> {
        let (parts, _) = request.into_parts();
        let mut headers = HeaderMap::new();
        let issued = self.http_auth.issue_user_cookie(&parts, &mut headers, None);
        let expires_at = rfc3339(issued.await?);
        let mut response = self.json(&json!({ "expiresAt": expires_at }));
        response.headers_mut().extend(headers);
        Ok(response)
    }

    async fn clear_cookie(&self, request: Request) -> Result<Response, AuthError> {
        let (parts, _) = request.into_parts();
        let mut response = StatusCode::NO_CONTENT.into_response();
        let nobody = Some(Credentials::none().into_any());
        let headers = response.headers_mut();
        let cleared = self.http_auth.issue_user_cookie(&parts, headers, nobody);
        cleared.await?;
        Ok(response)
    }

    fn json(&self, value: &impl Serialize) -> Response {
        let written = match self.mode {
            Mode::Development => serde_json::to_vec_pretty(value),
            Mode::Production => serde_json::to_vec(value),
        };
        let body = written.expect("texts serialise into memory without fail");
        let headers = [
            (header::CONTENT_TYPE, JSON),
            (header::ETAG, weak_etag(&body)),
        ];
        (headers, Body::from(body)).into_response()
    }
}

fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

fn is_path(request: &Request, path: &str) -> bool {
    let asked = request.uri().path();
    let asked = asked.strip_suffix('/').unwrap_or(asked);
    asked.eq_ignore_ascii_case(path)
}
