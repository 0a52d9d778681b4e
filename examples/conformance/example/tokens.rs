//! Tokens that the plugin hands out: for calls to other plugins, and limited ones. Only a backend for tests does so.

use std::time::SystemTime;

use axum::http::{HeaderMap, header};
use greenroom::auth::Token;
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
struct Target {
    #[serde(default = "example")]
    target: String,
}

fn example() -> String {
    "example".to_owned()
}

/// A token in the open.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Minted {
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

async fn mint(
    State(services): State<Services>,
    Query(Target { target }): Query<Target>,
    headers: HeaderMap,
    caller: Credentials,
) -> Result<Json<Minted>, ApiError> {
    let on_behalf_of = match headers.contains_key(header::AUTHORIZATION) {
        true => caller,
        false => services.auth.own_service_credentials().into_any(),
    };
    let token = services
        .auth
        .plugin_request_token(&on_behalf_of, &target)
        .await?;
    // A call on behalf of nobody has an empty token.
    let token = token.as_ref().map(Token::expose).unwrap_or_default();
    Ok(Json(Minted {
        token: token.to_owned(),
        expires_at: None,
    }))
}

async fn limited(
    State(services): State<Services>,
    user: Credentials<UserPrincipal>,
) -> Result<Json<Minted>, ApiError> {
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
