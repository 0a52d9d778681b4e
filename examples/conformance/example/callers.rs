//! Routes that tell who calls, by the header `Authorization`.

use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use greenroom::auth::Principal;
use greenroom::http_error::HttpError;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::Serialize;

use super::services::Services;

pub fn routes(services: Services) -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/either", get(either))
        .route("/service-only", get(service_only))
        .route("/credentials", get(credentials))
        .with_state(services)
}

/// Who calls, as a client gets to see it.
#[derive(Serialize)]
pub struct Caller {
    principal: Principal,
}

impl From<Credentials> for Caller {
    fn from(credentials: Credentials) -> Self {
        let principal = credentials.principal().clone();
        Self { principal }
    }
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

async fn either(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Caller>, HttpError> {
    let allow = Allow::USER.or(Allow::SERVICE);
    let credentials = services.http_auth.credentials(&request, allow).await?;
    Ok(Json(credentials.into()))
}

async fn service_only(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Caller>, HttpError> {
    let credentials = services
        .http_auth
        .credentials(&request, Allow::SERVICE)
        .await?;
    Ok(Json(credentials.into()))
}

async fn credentials(
    State(services): State<Services>,
    request: Parts,
) -> Result<Json<Credentials>, HttpError> {
    Ok(Json(
        services.http_auth.credentials(&request, Allow::ANY).await?,
    ))
}
