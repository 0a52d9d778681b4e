//! Tokens that the plugin hands out: for calls to other plugins, and limited ones. Only a backend for tests does so.

use std::time::SystemTime;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::http::request::Parts;
use greenroom::auth::{Token, UserPrincipal};
use greenroom::http_error::HttpError;
use greenroom::prelude::*;
use serde::{Deserialize, Serialize};

use super::services::Services;

pub fn routes(services: Services) -> Router {
    Router::new()
        .route("/mint", get(mint))
        .route("/limited", get(limited))
        .with_state(services)
}

#[derive(Deserialize)]
pub struct Target {
    #[serde(default = "example")]
    pub target: String,
}

fn example() -> String {
    "example".to_owned()
}

/// A token in the open.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Minted {
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl From<Option<Token>> for Minted {
    /// A call on behalf of nobody has an empty token.
    fn from(token: Option<Token>) -> Self {
        let token = token.as_ref().map(Token::expose).unwrap_or_default();
        Self {
            token: token.to_owned(),
            expires_at: None,
        }
    }
}

async fn mint(
    State(services): State<Services>,
    Query(Target { target }): Query<Target>,
    request: Parts,
) -> Result<Json<Minted>, HttpError> {
    let on_behalf_of = if request.headers.contains_key(header::AUTHORIZATION) {
        services.http_auth.credentials(&request, Allow::ANY).await?
    } else {
        services.auth.own_service_credentials().into_any()
    };
    let token = services
        .auth
        .plugin_request_token(&on_behalf_of, &target)
        .await?;
    Ok(Json(token.into()))
}

async fn limited(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Minted>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, Allow::USER)
        .await?;
    let user = credentials
        .narrow::<UserPrincipal>()
        .ok_or_else(HttpError::missing_credentials)?;
    let limited = services.auth.limited_user_token(&user).await?;
    Ok(Json(Minted {
        token: limited.token.expose().to_owned(),
        expires_at: Some(iso(limited.expires_at)),
    }))
}

/// A time as clients of the recorded backend read it.
pub fn iso(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}
