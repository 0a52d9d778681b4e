//! Routes that know a user by cookie, and routes that do without a caller.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use greenroom::auth::Principal;
use greenroom::http_error::HttpError;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::Serialize;

use super::callers::Caller;
use super::calls::iso;
use super::services::Services;

const USER_BY_COOKIE: Allow = Allow::USER.with_limited_access();
const USER_OR_NOBODY: Allow = Allow::NONE.or(Allow::USER);

pub fn routes(services: Services) -> Router {
    Router::new()
        .route("/cookie/me", get(me))
        .route("/cookie/me-strict", get(me_strict))
        .route("/cookie/any", get(any))
        .route("/cookie/userinfo", get(user_info))
        .route("/optional", get(optional))
        .route("/optional/cookie", get(optional_cookie))
        .route("/optional/user-only", get(optional_user_only))
        .with_state(services)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallerUntil {
    principal: Principal,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

async fn me(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<CallerUntil>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, USER_BY_COOKIE)
        .await?;
    Ok(Json(CallerUntil {
        principal: credentials.principal().clone(),
        expires_at: credentials.expires_at().map(iso),
    }))
}

async fn me_strict(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Caller>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, Allow::USER)
        .await?;
    Ok(Json(credentials.into()))
}

async fn any(State(services): State<Services>, request: Parts) -> Result<Json<Caller>, HttpError> {
    let allow = USER_BY_COOKIE.or(Allow::SERVICE);
    let credentials = services.http_auth.credentials(&request, allow).await?;
    Ok(Json(credentials.into()))
}

async fn user_info(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<UserIdentity>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, USER_BY_COOKIE)
        .await?;
    Ok(Json(services.user_info.user_info(&credentials).await?))
}

async fn optional(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Credentials>, HttpError> {
    Ok(Json(
        services
            .http_auth
            .credentials(&request, USER_OR_NOBODY)
            .await?,
    ))
}

async fn optional_cookie(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Credentials>, HttpError> {
    let allow = USER_OR_NOBODY.with_limited_access();
    Ok(Json(services.http_auth.credentials(&request, allow).await?))
}

async fn optional_user_only(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Credentials>, HttpError> {
    Ok(Json(
        services
            .http_auth
            .credentials(&request, Allow::USER)
            .await?,
    ))
}
