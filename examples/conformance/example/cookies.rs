//! Routes that know a user by cookie, and routes that do without a caller.

use greenroom::auth::Principal;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::Serialize;

use super::callers::Caller;
use super::services::Services;
use super::tokens::iso;

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

async fn me(WithCookie(user): WithCookie<Credentials<UserPrincipal>>) -> Json<CallerUntil> {
    let expires_at = user.expires_at().map(iso);
    Json(CallerUntil {
        principal: user.into_any().principal().clone(),
        expires_at,
    })
}

async fn me_strict(user: Credentials<UserPrincipal>) -> Json<Caller> {
    Json(user.into())
}

async fn any(WithCookie(caller): WithCookie<Credentials<UserOrService>>) -> Json<Caller> {
    Json(caller.into())
}

async fn user_info(
    State(services): State<Services>,
    WithCookie(user): WithCookie<Credentials<UserPrincipal>>,
) -> Result<Json<UserIdentity>, ApiError> {
    let info = services.user_info.user_info(&user.into_any()).await?;
    Ok(Json(info))
}

async fn optional(user: Option<Credentials<UserPrincipal>>) -> Json<Credentials> {
    Json(user.map_or_else(nobody, Credentials::into_any))
}

async fn optional_cookie(
    user: Option<WithCookie<Credentials<UserPrincipal>>>,
) -> Json<Credentials> {
    Json(user.map_or_else(nobody, |WithCookie(user)| user.into_any()))
}

async fn optional_user_only(user: Credentials<UserPrincipal>) -> Json<Credentials> {
    Json(user.into_any())
}

fn nobody() -> Credentials {
    Credentials::none().into_any()
}
