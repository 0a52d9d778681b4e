//! The plugin `probe`, which `example` calls: it tells whom it sees.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use greenroom::auth::{Principal, Token};
use greenroom::http_error::HttpError;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
struct Services {
    http_auth: HttpAuth,
    auth: Auth,
    user_info: UserInfo,
}

#[backend_plugin(id = "probe")]
pub async fn plugin(
    http_router: HttpRouter,
    http_auth: Option<HttpAuth>,
    auth: Option<Auth>,
    user_info: Option<UserInfo>,
) -> Result<()> {
    http_router
        .mount(Router::new().route("/boom", get(async || HttpError::internal("probe boom"))));
    if let (Some(http_auth), Some(auth), Some(user_info)) = (http_auth, auth, user_info) {
        let routes = Router::new()
            .route("/credentials", get(credentials))
            .route("/me", get(me))
            .route("/service-only", get(service_only))
            .route("/mint", get(mint));
        http_router.mount(routes.with_state(Services {
            http_auth,
            auth,
            user_info,
        }));
    }
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/mint"));
    Ok(())
}

async fn credentials(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Credentials>, HttpError> {
    Ok(Json(
        services.http_auth.credentials(&request, Allow::ANY).await?,
    ))
}

async fn me(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<UserIdentity>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, Allow::USER)
        .await?;
    Ok(Json(services.user_info.user_info(&credentials).await?))
}

#[derive(Serialize)]
struct Caller {
    principal: Principal,
}

async fn service_only(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Caller>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, Allow::SERVICE)
        .await?;
    let principal = credentials.principal().clone();
    Ok(Json(Caller { principal }))
}

#[derive(Deserialize)]
struct Target {
    target: Option<String>,
}

#[derive(Serialize)]
struct Minted {
    token: String,
}

async fn mint(
    State(services): State<Services>,
    Query(Target { target }): Query<Target>,
) -> Result<Json<Minted>, HttpError> {
    let own = services.auth.own_service_credentials().into_any();
    let target = target.as_deref().unwrap_or("example");
    let token = services.auth.plugin_request_token(&own, target).await?;
    let token = token.as_ref().map(Token::expose).unwrap_or_default();
    Ok(Json(Minted {
        token: token.to_owned(),
    }))
}
