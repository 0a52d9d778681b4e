//! The plugin `probe`, which `example` calls: it tells whom it sees.

use std::time::Duration;

use axum::http::StatusCode;
use greenroom::auth::{Principal, Token};
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
struct Services {
    auth: Auth,
    user_info: UserInfo,
}

#[backend_plugin(id = "probe")]
pub async fn plugin(
    http_router: HttpRouter,
    auth: Auth,
    user_info: UserInfo,
    scheduler: Scheduler,
    logger: Logger,
) -> Result<()> {
    let routes = Router::new()
        .route("/boom", get(async || HttpError::internal("probe boom")))
        .route("/missing", get(missing))
        .route(
            "/credentials",
            get(async |caller: Credentials| Json(caller)),
        )
        .route("/me", get(me))
        .route("/service-only", get(service_only))
        .route("/mint", get(mint));
    http_router.mount(routes.with_state(Services { auth, user_info }));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/mint"));

    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let yearly = TaskSchedule::every(year)
        .initial_delay(year)
        .timeout(Duration::from_secs(10));
    scheduler
        .schedule_task("probe-task", yearly, async move |_| {
            logger.info("probe task ran");
        })
        .await?;
    Ok(())
}

async fn missing() -> HttpError {
    let deep = HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", "deep");
    HttpError::not_found("probe lost it").with_cause(deep)
}

async fn me(
    State(services): State<Services>,
    user: Credentials<UserPrincipal>,
) -> Result<Json<UserIdentity>, ApiError> {
    let info = services.user_info.user_info(&user.into_any()).await?;
    Ok(Json(info))
}

#[derive(Serialize)]
struct Caller {
    principal: Principal,
}

async fn service_only(caller: Credentials<ServicePrincipal>) -> Json<Caller> {
    let principal = caller.into_any().principal().clone();
    Json(Caller { principal })
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
) -> Result<Json<Minted>, ApiError> {
    let own = services.auth.own_service_credentials().into_any();
    let target = target.as_deref().unwrap_or("example");
    let token = services.auth.plugin_request_token(&own, target).await?;
    let token = token.as_ref().map(Token::expose).unwrap_or_default();
    Ok(Json(Minted {
        token: token.to_owned(),
    }))
}
