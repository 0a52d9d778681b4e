//! The Rust side: the plugin of `node/probe.js` once more, with the same routes.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use greenroom::auth::Token;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::Serialize;
use serde_json::Value;

struct Services {
    auth: Auth,
    discovery: Discovery,
    http_auth: HttpAuth,
    http_client: HttpClient,
    user_info: UserInfo,
}

type Shared = State<Arc<Services>>;

/// Who calls, or nobody.
type Caller = Option<Credentials<UserOrService>>;

#[backend_plugin(id = "rust-probe")]
pub async fn plugin(
    http_router: HttpRouter,
    auth: Auth,
    discovery: Discovery,
    http_auth: HttpAuth,
    http_client: HttpClient,
    user_info: UserInfo,
) {
    let services = Services {
        auth,
        discovery,
        http_auth,
        http_client,
        user_info,
    };
    let routes = Router::new()
        .route(
            "/credentials",
            get(async |caller: Credentials| Json(caller)),
        )
        .route("/me", get(me))
        .route("/call/{target}/{path}", get(call))
        .route("/token/{target}", get(token))
        .route("/cookie", post(cookie))
        .route("/cookie/me", get(me_by_cookie));
    http_router.mount(routes.with_state(Arc::new(services)));
    for path in ["/call", "/token"] {
        http_router.add_auth_policy(AuthPolicy::unauthenticated(path));
    }
    http_router.add_auth_policy(AuthPolicy::user_cookie("/cookie/me"));
}

async fn me(
    State(services): Shared,
    user: Credentials<UserPrincipal>,
) -> Result<Json<UserIdentity>, ApiError> {
    let info = services.user_info.user_info(&user.into_any()).await?;
    Ok(Json(info))
}

async fn me_by_cookie(
    State(services): Shared,
    WithCookie(user): WithCookie<Credentials<UserPrincipal>>,
) -> Result<Json<UserIdentity>, ApiError> {
    let info = services.user_info.user_info(&user.into_any()).await?;
    Ok(Json(info))
}

async fn call(
    State(services): Shared,
    Path((target, path)): Path<(String, String)>,
    caller: Caller,
) -> Result<Json<Value>, ApiError> {
    let token = services.token_for(caller, &target).await?;
    let url = services.discovery.base_url(&target).await?;
    let call = services.http_client.get(format!("{url}/{path}"));
    let answer = call.bearer(&token).send().await?.forward_error().await?;
    Ok(Json(answer.json().await?))
}

#[derive(Serialize)]
struct Issued {
    token: String,
}

async fn token(
    State(services): Shared,
    Path(target): Path<String>,
    caller: Caller,
) -> Result<Json<Issued>, ApiError> {
    let token = services.token_for(caller, &target).await?;
    Ok(Json(Issued { token }))
}

impl Services {
    /// A token for a call to another plugin: on behalf of who calls, or of this plugin if nobody does.
    async fn token_for(&self, caller: Caller, target: &str) -> Result<String, ApiError> {
        let own = || self.auth.own_service_credentials().into_any();
        let on_behalf_of = caller.map_or_else(own, Credentials::into_any);
        let token = self
            .auth
            .plugin_request_token(&on_behalf_of, target)
            .await?;
        Ok(token
            .as_ref()
            .map(Token::expose)
            .unwrap_or_default()
            .to_owned())
    }
}

async fn cookie(State(services): Shared, request: Request) -> Result<HeaderMap, ApiError> {
    let (request, _) = request.into_parts();
    let mut headers = HeaderMap::new();
    let http_auth = &services.http_auth;
    http_auth
        .issue_user_cookie(&request, &mut headers, None)
        .await?;
    Ok(headers)
}
