//! Somebody who may come in does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use greenroom_auth_node::{SignInAttempt, SignInResolver, SignInResolvers};
use greenroom_test_kit::test_backend;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use url::Url;

use crate::browser::{APP, Browser, FRAME, backend, both, config, now, path_of, real, told};
use crate::identity_provider::{IdentityProvider, Wrong};

const REFRESH: &str = "/api/auth/oidc/refresh?env=development";
const LOGOUT: &str = "/api/auth/oidc/logout?env=development";

fn query(url: &str) -> Vec<(String, String)> {
    let url = Url::parse(url).expect("it is a URL");
    url.query_pairs().into_owned().collect()
}

fn value<'q>(query: &'q [(String, String)], name: &str) -> &'q str {
    let pair = query.iter().find(|(found, _)| found == name);
    pair.map(|(_, value)| value.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn a_browser_is_sent_to_the_provider_with_all_that_it_needs() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let backend = backend(
        &provider,
        json!({
            "prompt": null,
            "additionalScopes": "offline_access groups",
            "startUrlSearchParams": { "access_type": "offline" },
        }),
    );
    let backend = backend.start().await;
    assert_eq!(provider.asked("metadata"), 0, "nobody wants to sign in yet");
    let mut browser = Browser::new(&backend);
    let url = browser.start("&scope=email+calendar").await;
    assert!(url.starts_with(&provider.issuer()), "{url}");
    let sent = query(&url);
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", "portal"),
        (
            "redirect_uri",
            "http://portal.test/api/auth/oidc/handler/frame",
        ),
        (
            "scope",
            "openid email calendar profile offline_access groups",
        ),
        ("code_challenge_method", "S256"),
        ("prompt", "none"),
        ("access_type", "offline"),
    ] {
        assert_eq!(value(&sent, name), expected, "{name}");
    }
    assert!(value(&sent, "nonce").len() >= 16);
    assert!(value(&sent, "code_challenge").len() >= 43);
    let state = value(&sent, "state").as_bytes();
    let state: Vec<u8> = state
        .chunks(2)
        .filter_map(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
        .collect();
    let state = String::from_utf8(state).expect("it is a query");
    let nonce = browser.cookie("oidc-nonce").expect("it was set");
    assert_eq!(
        state,
        format!(
            "nonce={nonce}&env=development&origin=http%3A%2F%2Fportal.test&\
             scope=email+calendar+openid+profile+offline_access+groups"
        )
    );
    let (path, _) = &browser.cookies["oidc-nonce"];
    assert_eq!(path, "/api/auth/oidc/handler");
}

#[tokio::test]
async fn somebody_signs_in_comes_back_and_goes() {
    for (algorithm, name) in [(Algorithm::RS256, "RS256"), (Algorithm::ES256, "ES256")] {
        let provider = IdentityProvider::start(algorithm).await;
        let changes = match name {
            "RS256" => json!({ "tokenSignedResponseAlg": null }),
            _ => json!({ "tokenEndpointAuthMethod": "client_secret_post" }),
        };
        let backend = backend(&provider, changes).start().await;
        let mut browser = Browser::new(&backend);
        let message = browser.sign_in(&provider).await;
        let response = &message["response"];
        assert_eq!(
            response["profile"],
            json!({
                "email": "jane@corp.test",
                "picture": "https://idp.test/jane.png",
                "displayName": "Jane Doe",
            }),
            "{name} {message}"
        );
        let info = &response["providerInfo"];
        assert_eq!(info["scope"], "openid profile email");
        assert_eq!(info["expiresInSeconds"], 300);
        for token in ["idToken", "accessToken"] {
            assert!(info[token].is_string(), "{info}");
        }
        let identity = &response["backstageIdentity"];
        assert_eq!(
            identity["identity"],
            json!({
                "type": "user",
                "userEntityRef": "user:default/jane",
                "ownershipEntityRefs": ["user:default/jane"],
            })
        );
        assert_eq!(identity["expiresInSeconds"], 3600);
        let token = identity["token"].as_str().expect("there is one").to_owned();
        let info = backend.get("/api/auth/v1/userinfo");
        let info = info.header("authorization", format!("Bearer {token}"));
        info.send().await.assert_status(200);

        let first = browser.cookie("oidc-refresh-token").map(str::to_owned);
        assert!(!message.to_string().contains("refresh"), "{message}");
        for method in ["GET", "POST"] {
            let refreshed = browser.script(method, REFRESH).await;
            let refreshed = refreshed.assert_status(200);
            refreshed.assert_header("cache-control", "no-store");
            let refreshed: Value = refreshed.json();
            assert_eq!(refreshed["profile"], response["profile"]);
            assert_eq!(refreshed["providerInfo"]["scope"], "openid profile email");
            let user = &refreshed["backstageIdentity"]["identity"]["userEntityRef"];
            assert_eq!(user, "user:default/jane");
        }
        let last = browser.cookie("oidc-refresh-token").map(str::to_owned);
        assert_ne!(last, first, "the provider gives a new one each time");

        let gone = browser.script("POST", LOGOUT).await;
        gone.assert_status(200).assert_text("");
        assert_eq!(provider.revoked(), [last.expect("there was one")]);
        assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["oidc-nonce"]);
        let refused: Value = browser
            .script("GET", REFRESH)
            .await
            .assert_status(401)
            .json();
        assert_eq!(
            refused["error"]["message"],
            "Refresh failed; caused by InputError: Missing session cookie"
        );

        let log = backend.logs().to_string();
        let secrets = provider.secrets();
        assert!(secrets.len() > 5);
        for secret in secrets.iter().chain([&token]) {
            assert!(!log.contains(secret.as_str()), "{secret}\n{log}");
        }
    }
}

/// Lets everybody in, but cannot say so the second time.
#[derive(Default)]
struct Unsteady(AtomicUsize);

#[async_trait]
impl SignInResolver for Unsteady {
    async fn resolve(&self, attempt: SignInAttempt) -> Result<UserIdentity, HttpError> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            1 => Err(HttpError::unavailable("The directory is away")),
            _ => Ok(attempt.proposed),
        }
    }
}

#[backend_module(plugin = "auth", id = "unsteady")]
async fn unsteady(resolvers: &mut SignInResolvers) -> Result<()> {
    resolvers.set("oidc", Arc::new(Unsteady::default()))
}

#[tokio::test]
async fn a_refresh_that_fails_late_costs_nobody_the_session() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let backend = test_backend![real, unsteady].config(config(&provider, json!({})));
    let backend = backend.listen().paused_clock_at(now()).start().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&provider).await;
    let first = browser.cookie("oidc-refresh-token").map(str::to_owned);
    let failed = browser.script("GET", REFRESH).await;
    failed.assert_status(503);
    failed.assert_header("cache-control", "no-store");
    let second = browser.cookie("oidc-refresh-token").map(str::to_owned);
    assert_ne!(second, first, "the provider takes the first no more");
    browser.script("GET", REFRESH).await.assert_status(200);
    // Likewise when what the provider says beside the token does not count.
    provider.wrong(Wrong {
        user_info: json!({ "sub": "somebody else" }),
        ..Wrong::default()
    });
    browser.script("GET", REFRESH).await.assert_status(401);
    provider.wrong(Wrong::default());
    browser.script("GET", REFRESH).await.assert_status(200);
}

#[tokio::test]
async fn the_cookie_of_another_application_hides_no_session() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&provider).await;
    let (_, token) = &browser.cookies["oidc-refresh-token"];
    let mut cookies = b"lang=\xc3\xbc; old=\xff; oidc-refresh-token=".to_vec();
    cookies.extend(token.as_bytes());
    let request = backend.get(REFRESH).header("cookie", cookies);
    let request = request.header("x-requested-with", "XMLHttpRequest");
    request.send().await.assert_status(200);
}

#[tokio::test]
async fn the_order_of_the_answer_is_backstages() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&provider).await;
    let answer = browser.script("GET", REFRESH).await;
    let text = answer.text();
    let places: Vec<_> = [
        "{\"profile\":{\"email\":",
        "\"picture\":",
        "\"displayName\":",
        "\"providerInfo\":{\"idToken\":",
        "\"accessToken\":",
        "\"scope\":",
        "\"expiresInSeconds\":300",
        "\"backstageIdentity\":{\"token\":",
        "\"identity\":{\"type\":\"user\"",
        "\"expiresInSeconds\":3600",
    ]
    .map(|part| text.find(part).unwrap_or_else(|| panic!("{part}: {text}")))
    .into();
    assert!(places.is_sorted(), "{text}");
}

#[tokio::test]
async fn without_a_window_the_browser_goes_back_to_the_app() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    let more = "&flow=redirect&redirectUrl=http%3A%2F%2Fportal.test%2Fcatalog%3Fa%3Db";
    let url = browser.start(more).await;
    let back = path_of(&provider.visit(&url).await);
    let answer = browser.get(&back).await;
    answer.assert_status(302);
    answer.assert_header("location", "http://portal.test/catalog?a=b");
    assert!(browser.cookie("oidc-refresh-token").is_some());

    let url = browser.start(more).await;
    let state = query(&url);
    let state = value(&state, "state");
    let refused = format!("{FRAME}?error=access_denied&state={state}");
    let answer = browser.get(&refused).await;
    let location = "http://portal.test/catalog?a=b&error=Authentication+rejected%2C+access_denied";
    answer
        .assert_status(302)
        .assert_header("location", location);
}

#[tokio::test]
async fn scopes_that_were_granted_are_asked_for_again() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    let url = browser.start("&scope=calendar").await;
    let back = path_of(&provider.visit(&url).await);
    told(&browser.get(&back).await, APP);
    let sent = query(&browser.start("&scope=mail").await);
    assert_eq!(value(&sent, "scope"), "openid mail calendar profile email");
    let refreshed: Value = browser.script("GET", REFRESH).await.json();
    let scope = &refreshed["providerInfo"]["scope"];
    assert_eq!(scope, "calendar openid profile email");
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_when_it_is_needed() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&provider).await;
    browser.sign_in(&provider).await;
    assert_eq!(provider.asked("jwks"), 1);
    provider.rotate();
    let message = browser.sign_in(&provider).await;
    assert!(message["response"].is_object(), "{message}");
    assert_eq!(provider.asked("jwks"), 2);
}

#[tokio::test]
async fn a_provider_that_is_away_is_asked_again_and_costs_nobody_a_session() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let away = Wrong {
        away: true,
        ..Wrong::default()
    };
    provider.wrong(away.clone());
    let backend = backend(&provider, json!({})).start().await;
    let mut browser = Browser::new(&backend);
    let path = format!("/api/auth/oidc/start?env=development&origin={APP}");
    let answer: Value = browser.get(&path).await.assert_status(503).json();
    assert_eq!(answer["error"]["name"], "ServiceUnavailableError");
    let issuer = provider.issuer();
    let host = issuer.trim_start_matches("http://");
    assert!(!answer.to_string().contains(host), "{answer}");
    provider.wrong(Wrong::default());
    browser.sign_in(&provider).await;
    provider.wrong(away);
    browser.script("GET", REFRESH).await.assert_status(503);
    assert!(browser.cookie("oidc-refresh-token").is_some());
    // The session ends here all the same.
    browser.script("POST", LOGOUT).await.assert_status(200);
    assert!(browser.cookie("oidc-refresh-token").is_none());
    backend
        .logs()
        .assert_contains("the identity provider was not told");
}

#[tokio::test]
async fn a_provider_need_not_have_user_info_and_revocation() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    provider.wrong(Wrong {
        metadata: json!({ "userinfo_endpoint": null, "revocation_endpoint": null }),
        ..Wrong::default()
    });
    let backend = backend(&provider, json!({})).start().await;
    let mut browser = Browser::new(&backend);
    let message = browser.sign_in(&provider).await;
    let profile = json!({ "email": "jane@corp.test" });
    assert_eq!(message["response"]["profile"], profile, "{message}");
    browser.script("POST", LOGOUT).await.assert_status(200);
    assert_eq!(provider.revoked(), [""; 0]);
}

#[tokio::test]
async fn cookies_are_strict_over_https() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let mut config = config(&provider, json!({}));
    config["backend"]["baseUrl"] = json!("https://api.test");
    config["app"]["baseUrl"] = json!("https://portal.test");
    let backend = test_backend![real].config(config).paused_clock_at(now());
    let backend = backend.start().await;
    for (origin, same_site) in [("", "None"), ("&origin=https://portal.test", "None")] {
        let path = format!("/api/auth/oidc/start?env=development{origin}");
        let answer = backend.get(&path).send().await;
        let cookie = answer
            .header("set-cookie")
            .expect("there is one")
            .to_owned();
        let expected = format!("; HttpOnly; Secure; SameSite={same_site}");
        assert!(cookie.ends_with(&expected), "{cookie}");
    }
}
