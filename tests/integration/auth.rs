//! Who calls, as two backends see it that stand beside each other: with the real services in place of the kit's.

use greenroom::prelude::*;
use greenroom::services;
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde_json::{Value, json};

features! {
    /// The services that say who calls. They are listed, so they replace the kit's.
    real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
    ]
}

/// Shows what it knows of its caller.
#[backend_plugin(id = "example")]
async fn example(http_router: HttpRouter, user_info: UserInfo) {
    let me = async move |user: Credentials<UserPrincipal>| -> Result<String, ApiError> {
        let info = user_info.user_info(&user.into_any()).await?;
        Ok(serde_json::to_string(&info)?)
    };
    let credentials = async |credentials: Credentials| -> Result<String, ApiError> {
        Ok(serde_json::to_string(&credentials)?)
    };
    http_router.mount(
        Router::new()
            .route("/credentials", get(credentials))
            .route("/open", get(credentials))
            .route("/me", get(me)),
    );
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/open"));
}

/// Gives away a token for a call to `example`, as no plugin should.
#[backend_plugin(id = "probe")]
async fn probe(http_router: HttpRouter, auth: Auth, discovery: Discovery) -> Result<()> {
    let example = discovery.base_url("example").await?;
    let token = async move || -> Result<String, ApiError> {
        let own = auth.own_service_credentials().into_any();
        let token = auth.plugin_request_token(&own, "example").await?;
        let token = token.map(|token| token.expose().to_owned());
        Ok(token.unwrap_or_default())
    };
    http_router.mount(Router::new().route("/token", get(token)));
    http_router.mount(Router::new().route("/example", get(async move || example.clone())));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
    Ok(())
}

async fn text(backend: &StartedTestBackend, path: &str) -> String {
    let answer = backend.get(path).send().await;
    answer.assert_status(200).text().to_owned()
}

async fn ask(backend: &StartedTestBackend, path: &str, token: &str) -> (u16, Value) {
    let header = format!("Bearer {token}");
    let answer = backend.get(path).header("authorization", header).send();
    let answer = answer.await;
    (answer.status().as_u16(), answer.json())
}

const KEYS: &str = "/api/probe/.backstage/auth/v1/jwks.json";

#[tokio::test]
async fn a_plugin_of_another_backend_is_known_by_the_keys_that_it_publishes() {
    let there = test_backend![real, probe].listen().start().await;
    assert_eq!(text(&there, KEYS).await, r#"{"keys":[]}"#);
    let address = there.address().expect("it listens");
    let target = format!("http://{address}/api/{{{{pluginId}}}}");
    let endpoints = json!({ "endpoints": [{ "target": target, "plugins": ["probe"] }] });
    let here = test_backend![real, example].config(json!({ "discovery": endpoints }));
    let here = here.start().await;

    let token = text(&there, "/api/probe/token").await;
    for _ in 0..2 {
        let (status, seen) = ask(&here, "/api/example/credentials", &token).await;
        let probe = json!({ "type": "service", "subject": "plugin:probe" });
        assert_eq!((status, &seen["principal"]), (200, &probe), "{seen}");
    }
    let published: Value = there.get(KEYS).send().await.json();
    assert_eq!(published["keys"].as_array().map(Vec::len), Some(1));
    let log = there.logs();
    let fetched = log.lines().iter().filter(|line| {
        let agent = line.fields.get("userAgent").and_then(Value::as_str);
        line.message.contains(KEYS) && agent.is_some_and(|agent| agent.starts_with("greenroom"))
    });
    assert_eq!(fetched.count(), 1, "the keys are fetched once\n{log}");

    // The keys are those of `probe`, not of whoever asks.
    let mut parts = token.split('.').map(str::to_owned).collect::<Vec<_>>();
    parts[2] = parts[2].chars().rev().collect();
    let (status, refused) = ask(&here, "/api/example/credentials", &parts.join(".")).await;
    assert_eq!(
        (status, &refused["error"]["message"]),
        (401, &json!("Failed plugin token verification"))
    );
    for backend in [&here, &there] {
        assert!(!backend.logs().to_string().contains(&parts[1]));
    }
}

#[tokio::test]
async fn plugins_of_one_backend_know_each_other_and_where_they_are() {
    let backend = test_backend![real, example, probe].listen().start().await;
    let address = backend.address().expect("it listens");
    let example = text(&backend, "/api/probe/example").await;
    assert_eq!(example, format!("http://{address}/api/example"));
    let token = text(&backend, "/api/probe/token").await;
    let (status, seen) = ask(&backend, "/api/example/credentials", &token).await;
    assert_eq!(
        (status, &seen["principal"]["subject"]),
        (200, &json!("plugin:probe"))
    );
    backend.logs().containing(KEYS).assert_empty();
    let warnings = backend
        .logs()
        .plugin("probe")
        .level(greenroom::logger::Level::Warn);
    warnings.assert_contains("pluginKeyStore");
}

#[tokio::test]
async fn a_caller_from_outside_is_let_in_by_its_token() {
    let access = json!([{
        "type": "static",
        "options": { "token": "static-token-abcdef", "subject": "static-caller" },
        "accessRestrictions": [{ "plugin": "example" }],
    }]);
    let config = json!({ "backend": { "auth": { "externalAccess": access } } });
    let backend = test_backend![real, example].config(config).start().await;
    let illegal = json!("Illegal token");
    let no_service = json!("This endpoint does not allow 'service' credentials");
    for (path, token, status, expected) in [
        ("credentials", "static-token-abcdef", 200, &json!(null)),
        ("credentials", "another-token", 401, &illegal),
        ("open", "another-token", 401, &illegal),
        ("me", "static-token-abcdef", 403, &no_service),
        (
            ".backstage/auth/v1/cookie",
            "static-token-abcdef",
            403,
            &no_service,
        ),
    ] {
        let (answered, body) = ask(&backend, &format!("/api/example/{path}"), token).await;
        let told = (answered, &body["error"]["message"]);
        assert_eq!(told, (status, expected), "{path}");
    }
    let (_, seen) = ask(&backend, "/api/example/credentials", "static-token-abcdef").await;
    let expected =
        json!({ "type": "service", "subject": "static-caller", "accessRestrictions": {} });
    assert_eq!(seen["principal"], expected);
    let nobody: Value = backend.get("/api/example/open").send().await.json();
    assert_eq!(nobody["principal"], json!({ "type": "none" }));
    let log = backend.logs().to_string();
    assert!(!log.contains("static-token-abcdef"), "{log}");
}

#[tokio::test]
async fn an_external_type_that_nobody_handles_keeps_the_backend_from_starting() {
    let access = json!([{ "type": "magic", "options": {} }]);
    let config = json!({ "backend": { "auth": { "externalAccess": access } } });
    let failed = test_backend![real, example].config(config).start_error();
    let error = failed.await.error.to_string();
    assert!(
        error.contains("`backend.auth.externalAccess[0].type`"),
        "{error}"
    );
    assert!(error.contains("`magic`"), "{error}");
}
