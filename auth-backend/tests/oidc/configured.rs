//! The configuration of the provider: the one of the page, and what is wrong with others.

use std::path::Path;

use greenroom::config::{Config, Environment, LoadOptions, RootConfigService as _, load};
use greenroom::logger::Level;
use greenroom_test_kit::{TestBackend, test_backend};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::browser::{Browser, config, real};
use crate::identity_provider::IdentityProvider;

fn with(client: Value) -> TestBackend {
    test_backend![real].config(json!({
        "app": { "baseUrl": "http://portal.test" },
        "auth": { "providers": { "oidc": { "development": client } } },
    }))
}

fn client() -> Value {
    json!({
        "clientId": "portal",
        "clientSecret": "hunter2-secret",
        "metadataUrl": "https://idp.test",
    })
}

#[tokio::test]
async fn the_sample_of_the_page_is_a_configuration() {
    let environment = Environment::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc"))
        .with_variable("OIDC_CLIENT_SECRET", "hunter2-secret");
    let loaded = load(LoadOptions {
        files: vec!["app-config.yaml".into()],
        environment,
        options: Vec::new(),
    });
    let config: Config = loaded.expect("it can be read").current();
    let config: Value = config.get("").expect("it is JSON");
    let backend = test_backend![real].config(config).start().await;
    let warnings = backend.logs().level(Level::Warn).plugin("auth");
    warnings.assert_empty();
    // The environment is there; another is not.
    let path = "/api/auth/oidc/refresh?env=production";
    let script = backend
        .get(path)
        .header("x-requested-with", "XMLHttpRequest");
    let answer: Value = script.send().await.assert_status(401).json();
    let missing = "Refresh failed; caused by InputError: Missing session cookie";
    assert_eq!(answer["error"]["message"], missing);
}

#[tokio::test]
async fn each_mistake_is_told_with_its_key() {
    let development = "auth.providers.oidc.development";
    for (key, value) in [
        ("clientId", json!(null)),
        ("clientId", json!("")),
        ("clientSecret", json!(null)),
        ("clientSecret", json!({ "a": 1 })),
        ("metadataUrl", json!(null)),
        ("metadataUrl", json!("idp.test")),
        ("metadataUrl", json!("ftp://idp.test")),
        ("metadataUrl", json!("https://a:b@idp.test")),
        ("callbackUrl", json!("/handler/frame")),
        ("tokenEndpointAuthMethod", json!("private_key_jwt")),
        ("tokenSignedResponseAlg", json!("none")),
        ("tokenSignedResponseAlg", json!("HS256")),
        ("scope", json!("openid")),
        ("additionalScopes", json!(1)),
        ("timeout", json!(0)),
        ("sessionDuration", json!("a while")),
        ("startUrlSearchParams", json!({ "state": "a" })),
        ("signIn.resolvers", json!("all")),
        ("signIn.resolvers[0].resolver", json!([{}])),
        (
            "signIn.resolvers[0].resolver",
            json!([{ "resolver": "everybody" }]),
        ),
        (
            "signIn.resolvers[0].allowedDomain",
            json!([{
                "resolver": "emailLocalPartMatchingUserEntityName",
                "allowedDomain": ["corp.test"],
            }]),
        ),
        (
            "signIn.resolvers[0].allowedDomains",
            json!([{
                "resolver": "preferredUsernameMatchingUserEntityName",
                "allowedDomains": ["corp.test"],
            }]),
        ),
    ] {
        let mut client = client();
        match key.starts_with("signIn") {
            true => client["signIn"]["resolvers"] = value.clone(),
            false => client[key] = value.clone(),
        }
        let error = with(client).start_error().await.error.to_string();
        assert!(error.contains(&format!("`{development}.{key}")), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn mistakes_are_told_together_and_the_app_has_to_have_an_address() {
    let client = json!({ "clientId": "", "metadataUrl": "x" });
    let backend = test_backend![real].config(json!({
        "auth": {
            "providers": { "oidc": { "development": client } },
            "experimentalExtraAllowedOrigins": ["https://{a,b}.test"],
        },
    }));
    let error = backend.start_error().await.error.to_string();
    for key in [
        "`app.baseUrl`",
        "`auth.providers.oidc.development.clientId`",
        "`auth.providers.oidc.development.clientSecret`",
        "`auth.providers.oidc.development.metadataUrl`",
    ] {
        assert!(error.contains(key), "{key}: {error}");
    }
}

#[tokio::test]
async fn keys_that_nobody_reads_are_told() {
    let mut client = client();
    client["clientSecrets"] = json!("hunter2-other");
    client["signIn"] = json!({ "resolver": "all" });
    let backend = with(client).start().await;
    let warnings = backend.logs().level(Level::Warn).plugin("auth");
    warnings.assert_contains("`auth.providers.oidc.development.clientSecrets` is not known");
    warnings.assert_contains("`auth.providers.oidc.development.signIn.resolver` is not known");
    assert!(!backend.logs().to_string().contains("hunter2"));
}

#[tokio::test]
async fn more_origins_can_be_allowed() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let mut config = config(&provider, json!({}));
    config["auth"]["experimentalExtraAllowedOrigins"] = json!(["https://*.preview.test"]);
    let backend = test_backend![real].config(config).start().await;
    let mut browser = Browser::new(&backend);
    for (origin, status) in [
        ("https://a.preview.test", 302),
        ("https://a.b.preview.test", 302),
        ("https://preview.test", 403),
        ("http://portal.test", 302),
    ] {
        let path = format!("/api/auth/oidc/start?env=development&origin={origin}");
        browser.get(&path).await.assert_status(status);
    }
}
