//! Each kind of token and what it is worth, as the anchor judges it.

use std::time::Duration;

use serde_json::json;

use super::{Backend, END, GUEST, NOW, told, unauthorized};
use crate::auth::TokenAccess::{Full, Limited};
use crate::auth::{AuthError, UserPrincipal};

#[tokio::test]
async fn tokens_of_users() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let key = &backend.user_key;
    let user = json!({ "type": "user", "userEntityRef": GUEST });
    let failed = unauthorized("Failed user token verification");
    let no_subject = unauthorized("No user sub found in token");
    let header = key.header("vnd.backstage.user");
    let mut no_id = header.clone();
    no_id.as_object_mut().expect("an object").remove("kid");
    let mut no_type = header.clone();
    no_type.as_object_mut().expect("an object").remove("typ");
    for (token, expected) in [
        (key.user(json!({})), &user),
        (key.user(json!({ "uip": null })), &user),
        (
            key.user(json!({ "iss": "http://evil.example/api/auth" })),
            &user,
        ),
        (key.user(json!({ "aud": null })), &user),
        (key.user(json!({ "iat": END - 10 })), &user),
        (key.user_as(&no_id, json!({})), &user),
        (key.user_as(&no_type, json!({})), &user),
        (
            key.user_as(&no_type, json!({ "aud": "other" })),
            &unauthorized("Illegal token"),
        ),
        (key.user(json!({ "exp": NOW })), &failed),
        (key.user(json!({ "nbf": NOW + 1 })), &failed),
        (key.user(json!({ "sub": null })), &failed),
        (key.user(json!({ "exp": null })), &failed),
        (key.user(json!({ "iat": null })), &failed),
        (key.user(json!({ "iat": "now" })), &failed),
        (key.user(json!({ "sub": "" })), &no_subject),
        (key.user_as(&no_type, json!({ "sub": null })), &no_subject),
        (key.user_as(&no_type, json!({ "sub": "" })), &no_subject),
        (
            key.user_as(&no_type, json!({ "exp": null })),
            &unauthorized("User token is missing expiration"),
        ),
        (key.user_as(&no_type, json!({ "iat": null })), &user),
        (key.user_as(&no_type, json!({ "exp": NOW })), &failed),
        (key.user_as(&no_type, json!({ "iat": "now" })), &failed),
        (backend.other_key.user(json!({ "sub": "" })), &failed),
        (
            backend.other_key.user_as(&no_type, json!({ "exp": null })),
            &failed,
        ),
        (backend.other_key.user(json!({})), &failed),
        (backend.other_key.user_as(&header, json!({})), &failed),
    ] {
        assert_eq!(told(&auth, &token, Full).await, *expected, "{token}");
    }
    let credentials = auth.authenticate(&key.user(json!({})), Full).await;
    let credentials = credentials.expect("the token is good");
    let shown = serde_json::to_value(&credentials).expect("it is JSON");
    assert_eq!(shown["expiresAt"], "2100-01-01T00:00:00.000Z");
    assert!(auth.is_principal::<UserPrincipal>(&credentials));
}

#[tokio::test]
async fn a_claim_that_is_null_is_no_claim_that_is_not_there() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let failed = |issuer: &str| unauthorized(&format!("Failed {issuer} token verification"));
    let typed = backend.user_key.header("vnd.backstage.user");
    let plain = json!({ "alg": "ES256", "kid": "user-key-1" });
    let plugin = backend.plugin_key.header("vnd.backstage.plugin");
    let claims = |name: &str, aud: &str, sub: &str| {
        let mut claims = json!({ "sub": sub, "aud": aud, "iat": NOW, "exp": END });
        claims[name] = serde_json::Value::Null;
        claims
    };
    for time in ["iat", "nbf", "exp"] {
        let user = claims(time, "backstage", GUEST);
        for header in [&typed, &plain] {
            let token = backend.user_key.sign(header, &user);
            assert_eq!(told(&auth, &token, Full).await, failed("user"), "{token}");
        }
        let token = claims(time, "example", "remote");
        let token = backend.plugin_key.sign(&plugin, &token);
        assert_eq!(told(&auth, &token, Full).await, failed("plugin"), "{token}");
    }
    let nobody = claims("sub", "backstage", "");
    for header in [&typed, &plain] {
        let token = backend.user_key.sign(header, &nobody);
        let no_subject = unauthorized("No user sub found in token");
        assert_eq!(told(&auth, &token, Full).await, no_subject, "{token}");
    }
}

#[tokio::test]
async fn limited_tokens_count_where_they_are_asked_for() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let good = backend.user_key.limited(json!({}));
    let expired = backend.user_key.limited(json!({ "exp": NOW }));
    let forged = backend.other_key.limited(json!({}));
    let user = json!({ "type": "user", "userEntityRef": GUEST });
    let failed = unauthorized("Failed user token verification");
    let illegal = unauthorized("Illegal limited user token");
    // Twice: what is remembered must not make more of the token.
    for _ in 0..2 {
        assert_eq!(told(&auth, &good, Limited).await, user);
        assert_eq!(told(&auth, &good, Full).await, illegal);
    }
    // `null` is what the limited token of one without `iat` would have.
    let no_time = backend.user_key.limited(json!({ "iat": null }));
    for access in [Full, Limited] {
        assert_eq!(told(&auth, &no_time, access).await, failed);
        assert_eq!(told(&auth, &expired, access).await, failed);
        assert_eq!(told(&auth, &forged, access).await, failed);
    }
}

#[tokio::test]
async fn tokens_of_plugins() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let key = &backend.plugin_key;
    let remote = json!({ "type": "service", "subject": "plugin:remote" });
    let failed = unauthorized("Failed plugin token verification");
    let no_endpoint = unauthorized(
        "Received a plugin token where the source 'nope' plugin unexpectedly does not have a JWKS endpoint. The \
         target plugin needs to be migrated to be installed in an app using the new backend system.",
    );
    for (token, expected) in [
        (key.plugin(json!({})), &remote),
        (key.plugin(json!({ "aud": "probe" })), &failed),
        (key.plugin(json!({ "aud": null })), &failed),
        (key.plugin(json!({ "exp": NOW })), &failed),
        (key.plugin(json!({ "exp": null })), &failed),
        (key.plugin(json!({ "iat": null })), &failed),
        (backend.other_key.plugin(json!({})), &failed),
        (key.plugin(json!({ "sub": "nope" })), &no_endpoint),
        (
            key.plugin(json!({ "sub": null })),
            &unauthorized("Invalid plugin token: missing subject"),
        ),
        (
            key.plugin(json!({ "sub": "" })),
            &unauthorized("Invalid plugin token: missing subject"),
        ),
        (
            key.plugin(json!({ "sub": "../auth" })),
            &unauthorized("Invalid plugin token: forbidden subject format"),
        ),
    ] {
        assert_eq!(told(&auth, &token, Full).await, *expected, "{token}");
    }
    let credentials = auth.authenticate(&key.plugin(json!({})), Full).await;
    let shown = serde_json::to_value(credentials.expect("the token is good"));
    assert!(shown.expect("it is JSON").get("expiresAt").is_none());
}

#[tokio::test]
async fn plugins_on_behalf_of_users() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let key = &backend.plugin_key;
    let limited = backend.user_key.limited(json!({}));
    let expired = backend.user_key.limited(json!({ "exp": NOW }));
    let acted = json!({
        "type": "user",
        "userEntityRef": GUEST,
        "actor": { "type": "service", "subject": "plugin:remote" },
    });
    let no_user = unauthorized("Invalid user token in plugin token obo claim");
    for (user_token, expected) in [
        (limited.clone(), &acted),
        (expired, &unauthorized("Failed user token verification")),
        ("garbage".to_owned(), &no_user),
        (backend.user_key.user(json!({})), &no_user),
        (key.plugin(json!({})), &no_user),
    ] {
        let token = key.plugin(json!({ "obo": user_token }));
        // Twice: the second answer may come from memory.
        for _ in 0..2 {
            assert_eq!(told(&auth, &token, Full).await, *expected);
        }
    }
    let token = key.plugin(json!({ "obo": limited }));
    let credentials = auth.authenticate(&token, Full).await.expect("it is good");
    let held = credentials.token().map(|token| token.expose().to_owned());
    assert_eq!(
        held,
        Some(limited),
        "the plugin can go on in the user's name"
    );
}

#[tokio::test]
async fn a_second_request_costs_no_fetch_and_an_end_is_an_end() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let token = backend.user_key.user(json!({ "exp": NOW + 60 }));
    for _ in 0..3 {
        assert!(auth.authenticate(&token, Full).await.is_ok());
    }
    assert_eq!(backend.net.asked_at_all(), 1);
    assert_eq!(backend.root.remembered.len(), 1);
    backend.time.advance(Duration::from_secs(60));
    let ended = told(&auth, &token, Full).await;
    assert_eq!(ended, unauthorized("Failed user token verification"));
}

#[tokio::test]
async fn an_issuer_out_of_reach_is_not_the_callers_fault() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let token = backend.plugin_key.plugin(json!({ "sub": "down" }));
    let error = auth.authenticate(&token, Full).await;
    let error = error.expect_err("nobody answers");
    assert!(matches!(error, AuthError::Unavailable { .. }), "{error:?}");
    assert!(!error.to_string().contains("down"), "{error}");
}

#[tokio::test]
async fn neither_tokens_nor_claims_are_logged() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let tokens = [
        backend
            .user_key
            .user(json!({ "exp": NOW, "secret": "hunter2" })),
        backend.other_key.user(json!({ "secret": "hunter2" })),
        backend.plugin_key.plugin(json!({ "aud": "hunter2" })),
        backend.user_key.limited(json!({})),
        "nonsense-hunter2".to_owned(),
    ];
    for token in &tokens {
        let error = auth
            .authenticate(token, Full)
            .await
            .expect_err("none counts");
        assert!(!format!("{error:?}").contains(token.as_str()));
    }
    let lines = backend.log.matching(|_| true);
    assert!(!lines.is_empty(), "the reasons are logged");
    for line in lines {
        let line = format!("{line:?}");
        assert!(!line.contains("hunter2") && !line.contains(GUEST), "{line}");
        for token in &tokens {
            let signature = token.rsplit('.').next().unwrap_or_default();
            assert!(!line.contains(signature), "{line}");
        }
    }
}
