//! Somebody who may not come in does not.

use greenroom::logger::Level;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::browser::{APP, Browser, FRAME, backend, both, config, now, real, told};
use crate::identity_provider::{CLIENT, IdentityProvider, NOW, SECRET, Signing, Wrong};

use greenroom_test_kit::test_backend;

const REFRESH: &str = "/api/auth/oidc/refresh?env=development";

/// The error that a page tells.
fn error(message: &Value) -> (&str, &str) {
    let error = &message["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default();
    assert!(message["response"].is_null(), "{message}");
    (text("name"), text("message"))
}

#[tokio::test]
async fn who_was_not_sent_from_here_does_not_come_in() {
    let (provider, backend) = both().await;
    let mut attacker = Browser::new(&backend);
    let back = attacker.agree(&provider).await;
    // The link in another browser, which was not sent anywhere or is on a journey of its own.
    let mut victim = Browser::new(&backend);
    let message = told(&victim.get(&back).await, APP);
    let missing = "Auth response is missing cookie nonce";
    assert_eq!(error(&message), ("NotAllowedError", missing));
    let own = victim.agree(&provider).await;
    let message = told(&victim.get(&back).await, APP);
    assert_eq!(error(&message), ("NotAllowedError", "Invalid nonce"));

    // The code of one journey with the state of another: the verifier is of the other too.
    let (_, code) = back.split_once("code=").expect("it has a code");
    let code = code.split('&').next().expect("it has an end");
    let (_, state) = own.split_once("state=").expect("it has a state");
    let mixed = format!("{FRAME}?code={code}&state={state}");
    let message = told(&victim.get(&mixed).await, APP);
    let refused = "The identity provider refuses: invalid_grant";
    assert_eq!(error(&message), ("AuthenticationError", refused));
    assert!(victim.cookie("oidc-refresh-token").is_none());
}

#[tokio::test]
async fn an_answer_of_the_provider_counts_once() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    let back = browser.agree(&provider).await;
    let message = told(&browser.get(&back).await, APP);
    assert!(message["response"].is_object(), "{message}");
    let asked = provider.asked("token");
    let message = told(&browser.get(&back).await, APP);
    let over = "The sign-in has ended already, or took too long";
    assert_eq!(error(&message), ("NotAllowedError", over));
    assert_eq!(provider.asked("token"), asked, "the code is not sent again");
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_does_not_count() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    let back = browser.agree(&provider).await;
    backend.advance(std::time::Duration::from_secs(600)).await;
    let message = told(&browser.get(&back).await, APP);
    let over = "The sign-in has ended already, or took too long";
    assert_eq!(error(&message), ("NotAllowedError", over));
}

#[tokio::test]
async fn a_state_that_was_changed_does_not_count() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    let back = browser.agree(&provider).await;
    // `&x=y`, which nobody reads.
    let message = told(&browser.get(&format!("{back}26783d79")).await, APP);
    let over = "The sign-in has ended already, or took too long";
    assert_eq!(error(&message), ("NotAllowedError", over));
    for (path, status, words) in [
        ("", 400, "Must specify 'env' query to select environment"),
        ("?state=zz", 403, "OAuth state is invalid, missing env"),
        (
            "?env=nowhere",
            404,
            "No configuration available for the 'nowhere' environment of this provider.",
        ),
    ] {
        let answer = browser.get(&format!("{FRAME}{path}")).await;
        let answer: Value = answer.assert_status(status).json();
        assert_eq!(answer["error"]["message"], words);
    }
    let message = told(&browser.get(&format!("{FRAME}?env=development")).await, APP);
    let missing = "OAuth state is invalid, missing env";
    assert_eq!(error(&message), ("NotAllowedError", missing));
}

#[tokio::test]
async fn an_id_token_that_proves_nothing_does_not_count() {
    let (provider, backend) = both().await;
    let claims = |claims: Value| Wrong {
        claims,
        ..Wrong::default()
    };
    let signing = |signing| Wrong {
        signing,
        ..Wrong::default()
    };
    let signature = "the signature of a token is not right";
    for (wrong, why) in [
        (
            claims(json!({ "aud": "another-client" })),
            "a token is for somebody else",
        ),
        (
            claims(json!({ "aud": [CLIENT, "another-client"] })),
            "a token is for somebody else",
        ),
        (
            claims(json!({ "aud": [CLIENT, "another-client"], "azp": "another-client" })),
            "a token is for somebody else",
        ),
        (
            claims(json!({ "azp": "another-client" })),
            "a token is for somebody else",
        ),
        (
            claims(json!({ "iss": "http://127.0.0.1/realm" })),
            "a token is of another issuer",
        ),
        (
            claims(json!({ "nonce": "another" })),
            "a token is of another sign-in",
        ),
        (
            claims(json!({ "nonce": null })),
            "a token is of another sign-in",
        ),
        (claims(json!({ "exp": NOW })), "a token has expired"),
        (claims(json!({ "exp": NOW - 1 })), "a token has expired"),
        (signing(Signing::Nothing), signature),
        (signing(Signing::Secret), signature),
        (signing(Signing::Stranger), signature),
        (
            Wrong {
                without_id_token: true,
                ..Wrong::default()
            },
            "there is no ID token",
        ),
        (
            Wrong {
                user_info: json!({ "sub": "4711" }),
                ..Wrong::default()
            },
            "a token is of another person",
        ),
    ] {
        provider.wrong(wrong.clone());
        let mut browser = Browser::new(&backend);
        let message = browser.sign_in(&provider).await;
        let expected = format!("The answer of the identity provider does not count: {why}");
        let told = error(&message);
        assert_eq!(
            told,
            ("AuthenticationError", expected.as_str()),
            "{wrong:?}"
        );
        assert!(browser.cookie("oidc-refresh-token").is_none(), "{wrong:?}");
    }
    let good = json!({ "aud": [CLIENT, "another-client"], "azp": CLIENT });
    provider.wrong(claims(good));
    let message = Browser::new(&backend).sign_in(&provider).await;
    assert!(message["response"].is_object(), "{message}");
    let log = backend.logs().to_string();
    for secret in provider
        .secrets()
        .iter()
        .map(String::as_str)
        .chain([SECRET])
    {
        assert!(!log.contains(secret), "{secret}\n{log}");
    }
}

#[tokio::test]
async fn an_answer_in_the_name_of_another_issuer_does_not_count() {
    let (provider, backend) = both().await;
    for (issuer, counts) in [
        ("http://evil.test".to_owned(), false),
        (provider.issuer(), true),
    ] {
        let mut browser = Browser::new(&backend);
        let back = browser.agree(&provider).await;
        let message = told(&browser.get(&format!("{back}&iss={issuer}")).await, APP);
        assert_eq!(message["response"].is_object(), counts, "{message}");
    }
}

#[tokio::test]
async fn the_algorithm_is_that_of_the_configuration() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let rs256 = json!({ "tokenSignedResponseAlg": "RS256" });
    let backend = backend(&provider, rs256).start().await;
    let message = Browser::new(&backend).sign_in(&provider).await;
    let (_, why) = error(&message);
    assert!(
        why.ends_with("the signature of a token is not right"),
        "{why}"
    );
}

#[tokio::test]
async fn what_the_provider_refuses_is_told_and_cannot_end_the_page() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    let url = browser.start("").await;
    let (_, state) = url.split_once("state=").expect("it has a state");
    let state = state.split('&').next().expect("it has an end");
    let evil = "%3C%2Fscript%3E%3Cscript%3Ealert('1')%2F%2F";
    let path = format!("{FRAME}?error=access_denied&error_description={evil}&state={state}");
    let page = browser.get(&path).await;
    let message = told(&page, APP);
    let rejected = "Authentication rejected, access_denied (</script><script>alert('1')//)";
    assert_eq!(error(&message), ("AuthenticationError", rejected));
    let text = page.text();
    assert_eq!(text.matches("script>").count(), 2, "{text}");
    assert!(!text.contains("alert('"), "{text}");
    let policy = page.header("content-security-policy");
    let policy = policy.expect("there is one");
    assert!(policy.starts_with("script-src 'sha256-"), "{policy}");
    assert_eq!(provider.asked("token"), 0);
}

#[tokio::test]
async fn a_foreign_origin_is_refused_wherever_it_is_named() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    for (query, status, words) in [
        (
            "origin=https://evil.test",
            403,
            "Origin 'https://evil.test' is not allowed",
        ),
        (
            "origin=http://portal.test.evil.test",
            403,
            "Origin 'http://portal.test.evil.test' is not allowed",
        ),
        (
            "origin=javascript:alert(1)",
            400,
            "App origin is invalid, failed to parse",
        ),
        ("origin=x", 400, "App origin is invalid, failed to parse"),
        (
            "flow=redirect&redirectUrl=https://evil.test/",
            403,
            "Origin 'https://evil.test' is not allowed",
        ),
        (
            "flow=redirect&redirectUrl=//evil.test",
            400,
            "The redirectUrl is invalid, failed to parse",
        ),
        (
            "flow=redirect&redirectUrl=http://portal.test@evil.test",
            403,
            "Origin 'http://evil.test' is not allowed",
        ),
    ] {
        let path = format!("/api/auth/oidc/start?env=development&{query}");
        let answer = browser.get(&path).await;
        let answer: Value = answer.assert_status(status).json();
        assert_eq!(answer["error"]["message"], words, "{query}");
    }
    assert!(browser.cookies.is_empty());
    browser.sign_in(&provider).await;
    let foreign = [
        ("x-requested-with", "XMLHttpRequest"),
        ("origin", "https://evil.test"),
    ];
    for (method, path) in [
        ("POST", REFRESH),
        ("GET", REFRESH),
        ("POST", "/api/auth/oidc/logout?env=development"),
    ] {
        let answer = browser.send(path, method, &foreign).await;
        let answer: Value = answer.assert_status(403).json();
        let words = "Origin 'https://evil.test' is not allowed";
        assert_eq!(answer["error"]["message"], words);
    }
    assert!(browser.cookie("oidc-refresh-token").is_some());
    assert_eq!(provider.revoked(), [""; 0]);
}

#[tokio::test]
async fn a_form_of_another_site_neither_refreshes_nor_signs_out() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&provider).await;
    let asked = provider.asked("token");
    for (method, path) in [
        ("GET", REFRESH),
        ("POST", REFRESH),
        ("POST", "/api/auth/oidc/logout?env=development"),
    ] {
        for headers in [&[][..], &[("x-requested-with", "fetch")][..]] {
            let answer = browser.send(path, method, headers).await;
            let answer: Value = answer.assert_status(401).json();
            let words = "Invalid X-Requested-With header";
            assert_eq!(answer["error"]["message"], words);
        }
    }
    assert_eq!(provider.asked("token"), asked);
    assert!(browser.cookie("oidc-refresh-token").is_some());
    browser
        .get("/api/auth/oidc/logout?env=development")
        .await
        .assert_status(404);
}

#[tokio::test]
async fn a_refresh_token_counts_where_it_comes_from() {
    let development = IdentityProvider::start(Algorithm::ES256).await;
    let production = IdentityProvider::start(Algorithm::ES256).await;
    let mut both = config(&development, json!({}));
    let other = config(&production, json!({}));
    let other = other["auth"]["providers"]["oidc"]["development"].clone();
    both["auth"]["providers"]["oidc"]["production"] = other;
    let backend = test_backend![real].config(both).listen();
    let backend = backend.paused_clock_at(now()).start().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&development).await;
    let path = "/api/auth/oidc/refresh?env=production";
    let answer: Value = browser.script("GET", path).await.assert_status(401).json();
    assert_eq!(
        answer["error"]["message"],
        "Refresh failed; caused by AuthenticationError: The identity provider refuses: invalid_grant"
    );
    // The state says of which environment a journey is.
    let back = browser.agree(&development).await;
    let message = told(&browser.get(&format!("{back}&env=production")).await, APP);
    let over = "The sign-in has ended already, or took too long";
    assert_eq!(error(&message), ("NotAllowedError", over));
    browser.script("GET", REFRESH).await.assert_status(200);
}

#[tokio::test]
async fn a_refreshed_session_is_proved_anew() {
    let (provider, backend) = both().await;
    let mut browser = Browser::new(&backend);
    browser.sign_in(&provider).await;
    provider.wrong(Wrong {
        claims: json!({ "aud": "another-client" }),
        ..Wrong::default()
    });
    let answer: Value = browser
        .script("GET", REFRESH)
        .await
        .assert_status(401)
        .json();
    let message = answer["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.ends_with("a token is for somebody else"),
        "{message}"
    );
}

#[tokio::test]
async fn secrets_go_to_no_address_that_everybody_can_read() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    provider.wrong(Wrong {
        metadata: json!({ "token_endpoint": "ftp://idp.test/token" }),
        ..Wrong::default()
    });
    let backend = backend(&provider, json!({})).start().await;
    let answer = backend.get("/api/auth/oidc/start?env=development").send();
    answer.await.assert_status(503);
    let errors = backend.logs().level(Level::Error);
    errors.assert_contains("`token_endpoint`");
}
