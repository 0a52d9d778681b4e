//! Mock tokens are worth nothing outside of the kit.

use greenroom::Inputs;
use greenroom::config::{Config, ConfigArguments};
use greenroom::logger::Sink;
use greenroom::prelude::*;
use greenroom::root_http_router::{NoListen, RootHttpRouterService};
use greenroom_test_kit::mock_credentials::{default_service, default_user, limited_user};
use serde_json::json;

#[backend_plugin(id = "example")]
async fn plugin(http_router: HttpRouter) {
    let routes = Router::new()
        .route("/plain", get(async || "ok"))
        .route("/me", get(async |_: Credentials<UserPrincipal>| "ok"))
        .route("/picture", get(async || "ok"));
    http_router.mount(routes);
    http_router.add_auth_policy(AuthPolicy::user_cookie("/picture"));
}

#[tokio::test]
async fn a_backend_of_production_refuses_mock_tokens() {
    let inputs = Inputs::new()
        .with(NoListen)
        .with(Sink::writer(std::io::sink()))
        .with(ConfigArguments::fixed(Config::from_json(json!({}))));
    let backend = backend![greenroom::defaults, plugin].start(inputs).await;
    let backend = backend.expect("it starts");
    let router = backend.root_service::<dyn RootHttpRouterService>();
    let router = router.expect("a backend has a router");
    let jane = limited_user("user:default/jane");
    for path in ["/plain", "/me", "/picture"] {
        for (name, value) in [
            ("authorization", default_user().header()),
            ("authorization", default_service().header()),
            ("authorization", jane.header()),
            ("cookie", jane.cookie()),
        ] {
            let request = axum::extract::Request::builder()
                .uri(format!("/api/example{path}"))
                .header(name, &value)
                .body(axum::body::Body::empty());
            let request = request.expect("it is well formed");
            let answer = router.clone().answer(request).await;
            assert_eq!(answer.status(), 401, "{path} {name}: {value}");
        }
    }
    backend.stop().await;
}
