//! Routes that tell who calls, by the header `Authorization`.

use greenroom::auth::Principal;
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

impl<P> From<Credentials<P>> for Caller {
    fn from(credentials: Credentials<P>) -> Self {
        let principal = credentials.into_any().principal().clone();
        Self { principal }
    }
}

async fn me(
    State(services): State<Services>,
    user: Credentials<UserPrincipal>,
) -> Result<Json<UserIdentity>, ApiError> {
    let info = services.user_info.user_info(&user.into_any()).await?;
    Ok(Json(info))
}

async fn either(caller: Credentials<UserOrService>) -> Json<Caller> {
    Json(caller.into())
}

async fn service_only(caller: Credentials<ServicePrincipal>) -> Json<Caller> {
    Json(caller.into())
}

async fn credentials(caller: Credentials) -> Json<Credentials> {
    Json(caller)
}
