//! Tokens that somebody made to be let in.

use std::time::Duration;

use base64::Engine as _;
use jsonwebtoken::{Algorithm, EncodingKey};
use p256::pkcs8::{EncodePublicKey as _, LineEnding};
use serde_json::json;
use tokio::time::advance;

use super::{
    AUTH_KEYS, BASE64, Backend, END, GUEST, Key, NOPE_KEYS, NOW, REMOTE_KEYS, token, told,
    unauthorized,
};
use crate::auth::AuthError;
use crate::auth::TokenAccess::{Full, Limited};
use crate::auth::jwt::LONGEST;

fn user_claims() -> serde_json::Value {
    json!({ "sub": GUEST, "aud": "backstage", "iat": NOW, "exp": END })
}

#[tokio::test]
async fn an_unsigned_token_proves_nothing() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "typ": "vnd.backstage.user", "alg": alg, "kid": "user-key-1" });
        let signed = backend.user_key.sign(&header, &user_claims());
        let bare = signed.rsplit_once('.').map_or("", |(message, _)| message);
        for forged in [signed.clone(), format!("{bare}."), format!("{bare}.AAAA")] {
            let refused = unauthorized("Failed user token verification");
            assert_eq!(told(&auth, &forged, Full).await, refused, "{alg}");
        }
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let public = backend.user_key.secret.public_key();
    let pem = public
        .to_public_key_pem(LineEnding::LF)
        .expect("a key can be encoded");
    let point = public.to_sec1_bytes();
    for secret in [pem.as_bytes(), &point] {
        for alg in ["HS256", "HS384", "HS512"] {
            let algorithm = alg.parse::<Algorithm>().expect("there is one");
            let header = json!({ "typ": "vnd.backstage.user", "alg": alg, "kid": "user-key-1" });
            let key = EncodingKey::from_secret(secret);
            let forged = token(&header, &user_claims(), &key, algorithm);
            let refused = unauthorized("Failed user token verification");
            assert_eq!(told(&auth, &forged, Full).await, refused, "{alg}");
        }
    }
}

#[tokio::test]
async fn an_issuer_that_publishes_a_secret_publishes_nothing() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let secret = json!({ "kty": "oct", "kid": "user-key-1", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ" });
    backend
        .net
        .put(AUTH_KEYS, 200, &json!({ "keys": [secret] }));
    let header = json!({ "typ": "vnd.backstage.user", "alg": "HS256", "kid": "user-key-1" });
    let key = EncodingKey::from_secret(b"secret-secret-secret");
    let forged = token(&header, &user_claims(), &key, Algorithm::HS256);
    let refused = unauthorized("Failed user token verification");
    assert_eq!(told(&auth, &forged, Full).await, refused);
}

#[tokio::test]
async fn a_plugin_cannot_speak_for_another_or_for_a_user() {
    let backend = Backend::new();
    let (auth, probe) = (backend.auth("example"), backend.auth("probe"));
    let failed = unauthorized("Failed plugin token verification");
    // `probe` is a plugin of this backend with keys of its own, which the remote one does not have.
    let as_probe = backend.plugin_key.plugin(json!({ "sub": "probe" }));
    assert_eq!(told(&auth, &as_probe, Full).await, failed);
    // Its own token, turned to another target.
    let own = probe.own_service_credentials().into_any();
    let issued = probe.plugin_request_token(&own, "catalog").await;
    let issued = issued.expect("it can issue").expect("it does");
    assert_eq!(told(&auth, issued.expose(), Full).await, failed);
    // The key of a plugin does not make users.
    let failed = unauthorized("Failed user token verification");
    let as_user = backend.plugin_key.user(json!({}));
    assert_eq!(told(&auth, &as_user, Full).await, failed);
    // The key of the auth plugin does not make other plugins.
    let failed = unauthorized("Failed plugin token verification");
    let as_remote = backend.user_key.plugin(json!({}));
    assert_eq!(told(&auth, &as_remote, Full).await, failed);
}

#[tokio::test]
async fn one_id_at_two_issuers_is_two_keys() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let (users, plugins) = (Key::new("same"), Key::new("same"));
    backend
        .net
        .put(AUTH_KEYS, 200, &json!({ "keys": [users.public()] }));
    backend
        .net
        .put(REMOTE_KEYS, 200, &json!({ "keys": [plugins.public()] }));
    let failed = unauthorized("Failed plugin token verification");
    assert_eq!(told(&auth, &users.plugin(json!({})), Full).await, failed);
    let failed = unauthorized("Failed user token verification");
    assert_eq!(told(&auth, &plugins.user(json!({})), Full).await, failed);
    assert!(
        auth.authenticate(&users.user(json!({})), Full)
            .await
            .is_ok()
    );
    assert!(
        auth.authenticate(&plugins.plugin(json!({})), Full)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn two_keys_of_one_id_verify_nothing() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let (one, two) = (Key::new("same"), Key::new("same"));
    let keys = json!({ "keys": [one.public(), two.public()] });
    backend.net.put(AUTH_KEYS, 200, &keys);
    for key in [one, two] {
        let refused = unauthorized("Failed user token verification");
        assert_eq!(told(&auth, &key.user(json!({})), Full).await, refused);
    }
}

#[tokio::test]
async fn the_id_of_a_key_leads_nowhere() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    for id in [
        "../../etc/passwd",
        "http://evil.test/key",
        "",
        "'; drop table keys; --",
    ] {
        let mut header = backend.user_key.header("vnd.backstage.user");
        header["kid"] = json!(id);
        header["jku"] = json!("http://evil.test/jwks.json");
        header["x5u"] = json!("http://evil.test/key.pem");
        let forged = backend.other_key.user_as(&header, json!({}));
        let refused = unauthorized("Failed user token verification");
        assert_eq!(told(&auth, &forged, Full).await, refused, "{id}");
    }
    assert_eq!(backend.net.asked(AUTH_KEYS), backend.net.asked_at_all());
}

#[tokio::test]
async fn a_key_in_the_token_is_not_looked_at() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let mut header = backend.user_key.header("vnd.backstage.user");
    header["jwk"] = backend.other_key.public();
    let forged = backend.other_key.user_as(&header, json!({}));
    let refused = unauthorized("Failed user token verification");
    assert_eq!(told(&auth, &forged, Full).await, refused);
}

#[tokio::test]
async fn a_token_of_a_mebibyte_is_not_read() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let large = backend
        .user_key
        .user(json!({ "sub": "x".repeat(1024 * 1024) }));
    assert!(large.len() > 1024 * 1024 && large.len() > LONGEST);
    for token in [large, "x".repeat(1024 * 1024)] {
        let told = told(&auth, &token, Limited).await;
        assert_eq!(told, unauthorized("Illegal token"));
    }
    assert_eq!(backend.net.asked_at_all(), 0);
}

#[tokio::test]
async fn bad_tokens_take_no_room() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let good = backend.user_key.user(json!({}));
    assert!(auth.authenticate(&good, Full).await.is_ok());
    // A signature of the right length, so that each is verified.
    let message = good.rsplit_once('.').map_or("", |(message, _)| message);
    for number in 0..50 {
        let forged = format!("{message}.{number:086}");
        assert!(auth.authenticate(&forged, Full).await.is_err());
    }
    // Without one there is nothing to verify, and there can be more of them.
    for number in 0..1_000_000_u32 {
        assert!(
            auth.authenticate(&format!("nonsense-{number}"), Full)
                .await
                .is_err()
        );
    }
    assert_eq!(backend.root.remembered.len(), 1);
    assert_eq!(backend.net.asked_at_all(), 1, "no bad token made a call");
}

#[tokio::test(start_paused = true)]
async fn spellings_of_a_plugin_do_not_crowd_out_one_that_is_known() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let known = backend.plugin_key.plugin(json!({}));
    assert!(auth.authenticate(&known, Full).await.is_ok());
    let keys = json!({ "keys": [backend.plugin_key.public()] });
    for number in 0..300 {
        // As often as strangers may ask.
        if number % 100 == 0 {
            advance(Duration::from_secs(60)).await;
        }
        let sub = format!("spelling-{number}");
        let url = format!("http://127.0.0.1:7007/api/{sub}/.backstage/auth/v1/jwks.json");
        backend.net.put(&url, 200, &keys);
        let token = backend.other_key.plugin(json!({ "sub": sub }));
        assert!(auth.authenticate(&token, Full).await.is_err());
        assert!(backend.net.asked(&url) > 0, "{url}");
    }
    assert!(backend.root.remote.sources() <= 256);
    let known = backend.plugin_key.plugin(json!({ "jti": "new" }));
    assert!(auth.authenticate(&known, Full).await.is_ok());
    assert_eq!(backend.net.asked(REMOTE_KEYS), 1);
}

#[tokio::test(start_paused = true)]
async fn invented_plugins_take_bounded_room_and_few_calls() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let known = backend.plugin_key.plugin(json!({}));
    assert!(auth.authenticate(&known, Full).await.is_ok());
    let header = BASE64.encode(
        backend
            .plugin_key
            .header("vnd.backstage.plugin")
            .to_string(),
    );
    for number in 0..2_000 {
        let sub = format!("invented-{number}");
        let claims = json!({ "sub": sub, "aud": "example", "iat": NOW, "exp": END });
        let claims = BASE64.encode(claims.to_string());
        let token = format!("{header}.{claims}.AAAA");
        assert!(auth.authenticate(&token, Full).await.is_err());
    }
    assert!(backend.root.remote.sources() <= 256);
    // The plugin that is known was a stranger before.
    assert_eq!(backend.net.asked_at_all(), 100);
    // Whoever is known, or named by the configuration, is asked all the same.
    advance(Duration::from_secs(10 * 60)).await;
    for number in 0..200 {
        let claims = json!({ "sub": format!("again-{number}") });
        let token = backend.other_key.plugin(claims);
        assert!(auth.authenticate(&token, Full).await.is_err());
    }
    assert_eq!(backend.net.asked_at_all(), 200);
    let known = backend.plugin_key.plugin(json!({ "jti": "new" }));
    assert!(auth.authenticate(&known, Full).await.is_ok());
    let user = backend.user_key.user(json!({}));
    assert!(auth.authenticate(&user, Full).await.is_ok());
    // A plugin that is not known yet has to wait, and is not told that its token is bad.
    let keys = json!({ "keys": [backend.plugin_key.public()] });
    backend.net.put(NOPE_KEYS, 200, &keys);
    let new = backend.plugin_key.plugin(json!({ "sub": "nope" }));
    let told = auth.authenticate(&new, Full).await;
    assert!(matches!(told, Err(AuthError::Unavailable { .. })));
    advance(Duration::from_secs(60)).await;
    assert!(auth.authenticate(&new, Full).await.is_ok());
}
