//! The routes of the plugin, below `/api/auth`.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use greenroom::auth::TokenAccess;
use greenroom::http_auth::shown_token;
use greenroom::prelude::*;
use serde_json::{Value, json};

use crate::answers::{Claims, Profile, SignedIn, UserInfo};
use crate::guest::Guest;
use crate::oauth::{self, Environments};
use crate::oidc::Discovery;
use crate::sign_in::SignIn;

/// What the routes need.
pub(crate) struct AuthPlugin {
    pub(crate) auth: Auth,
    pub(crate) sign_in: Arc<SignIn>,
    pub(crate) guest: Option<Guest>,
    pub(crate) openid: Option<Arc<Environments>>,
    pub(crate) base_url: String,
}

type Plugin = State<Arc<AuthPlugin>>;

pub(crate) fn create(plugin: Arc<AuthPlugin>) -> Router {
    let mut router = Router::new()
        .route("/.well-known/jwks.json", get(keys))
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/v1/token", get(not_implemented).post(not_implemented))
        .route("/v1/authorize", get(not_implemented))
        .route("/v1/userinfo", get(user_info));
    if let Some(who) = plugin.guest.clone() {
        let frame = get(not_implemented).post(not_implemented);
        let signs_in = async move |State(plugin): Plugin| guest(&plugin, &who).await;
        router = router
            .route("/guest/start", get(not_implemented))
            .route("/guest/handler/frame", frame)
            .route("/guest/refresh", get(signs_in.clone()).post(signs_in));
    }
    let openid = plugin.openid.clone().map(oauth::mount);
    router
        .with_state(plugin)
        .merge(openid.unwrap_or_default())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
}

async fn keys(State(plugin): Plugin) -> Result<Json<Value>, ApiError> {
    let keys = plugin.sign_in.public_keys().await?;
    Ok(Json(json!({ "keys": keys })))
}

async fn discovery(State(plugin): Plugin) -> Json<Discovery> {
    Json(Discovery::of(&plugin.base_url))
}

/// The token may be a limited one, as a plugin shows it that was called by a cookie or on behalf of the user. So the
/// header is read here: elsewhere such a token counts only in the cookie.
async fn user_info(State(plugin): Plugin, headers: HeaderMap) -> Result<Response, ApiError> {
    let token = shown_token(&headers, TokenAccess::Full);
    let token = token.ok_or_else(|| HttpError::authentication("No token provided"))?;
    let credentials = plugin
        .auth
        .authenticate(token, TokenAccess::Limited)
        .await?;
    let user = credentials.narrow::<UserPrincipal>().ok_or_else(|| {
        HttpError::input(
            "Userinfo endpoint must be called with a token that represents a user principal",
        )
    })?;
    let sub = user.principal().user_entity_ref.clone();
    Ok(match plugin.sign_in.owners(&sub).await? {
        Some(ent) => Json(UserInfo {
            claims: Claims { sub, ent },
        })
        .into_response(),
        // In plain text, as the model says it: `core.userInfo` of either hands it on.
        None => (StatusCode::NOT_FOUND, "User info not found").into_response(),
    })
}

async fn guest(plugin: &AuthPlugin, guest: &Guest) -> Result<Json<SignedIn>, ApiError> {
    let user = guest.resolve().await?;
    let identity = plugin.sign_in.user(user).await?;
    Ok(Json(SignedIn {
        profile: Profile::default(),
        provider_info: None,
        backstage_identity: Some(identity),
    }))
}

async fn not_implemented() -> HttpError {
    HttpError::not_implemented("Not implemented")
}

/// Below each other path somebody might have been looking for a provider.
async fn unknown(uri: Uri) -> Response {
    let provider = uri.path().split('/').nth(1).unwrap_or_default();
    if provider.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    HttpError::not_found(format!("Unknown auth provider '{provider}'")).into_response()
}
