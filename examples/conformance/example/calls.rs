//! Calls to the plugin `probe`, on behalf of the caller and of the plugin itself. What `probe` refuses is handed on.

use greenroom::auth::Token;
use greenroom::prelude::*;
use serde::Serialize;

use super::any::Any;
use super::services::Services;

pub fn routes(services: Services) -> Router {
    Router::new()
        .route("/call-probe", get(call))
        .route("/call-probe-own", get(call_own))
        .route("/call-probe-fail/{what}", get(call_own_for))
        .route("/discovery", get(addresses))
        .with_state(services)
}

#[derive(Serialize)]
struct Called {
    url: String,
    seen: Any,
}

async fn call(
    State(services): State<Services>,
    caller: Credentials,
) -> Result<Json<Called>, ApiError> {
    let url = services.discovery.base_url("probe").await?;
    let seen = probe(&services, &caller, "credentials").await?;
    Ok(Json(Called {
        url: format!("{url}/credentials"),
        seen,
    }))
}

async fn call_own(State(services): State<Services>) -> Result<Json<Any>, ApiError> {
    let own = services.auth.own_service_credentials().into_any();
    Ok(Json(probe(&services, &own, "credentials").await?))
}

async fn call_own_for(
    State(services): State<Services>,
    Path(what): Path<String>,
) -> Result<Json<Any>, ApiError> {
    let own = services.auth.own_service_credentials().into_any();
    Ok(Json(probe(&services, &own, &what).await?))
}

async fn probe(
    services: &Services,
    on_behalf_of: &Credentials,
    path: &str,
) -> Result<Any, ApiError> {
    let token = services
        .auth
        .plugin_request_token(on_behalf_of, "probe")
        .await?;
    let url = services.discovery.base_url("probe").await?;
    let call = services.http_client.get(format!("{url}/{path}"));
    let call = match token.as_ref().map(Token::expose) {
        Some(token) => call.bearer(token),
        None => call,
    };
    let answer = call.send().await?.forward_error().await?;
    Ok(answer.json().await?)
}

#[derive(Serialize)]
struct Addresses {
    internal: String,
    external: String,
    id: String,
}

async fn addresses(State(services): State<Services>) -> Result<Json<Addresses>, ApiError> {
    let id = services.plugin.id();
    Ok(Json(Addresses {
        internal: services.discovery.base_url(id).await?,
        external: services.discovery.external_base_url(id).await?,
        id: id.to_owned(),
    }))
}
