//! Keys that are fetched: how often, and what of a change is noticed when.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, advance};

use super::{Backend, Key, NEVER, NOPE_KEYS, REMOTE_KEYS, told, unauthorized};
use crate::auth::AuthError;
use crate::auth::TokenAccess::Full;

#[tokio::test(start_paused = true)]
async fn a_new_key_is_fetched_and_unknown_ones_ten_times_a_minute_at_most() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let net = &backend.net;
    assert!(
        auth.authenticate(&backend.plugin_key.plugin(json!({})), Full)
            .await
            .is_ok()
    );
    assert_eq!(net.asked(REMOTE_KEYS), 1);

    let next = Key::new("plugin-key-2");
    let keys = json!({ "keys": [backend.plugin_key.public(), next.public()] });
    net.put(REMOTE_KEYS, 200, &keys);
    assert!(
        auth.authenticate(&next.plugin(json!({})), Full)
            .await
            .is_ok()
    );
    assert_eq!(net.asked(REMOTE_KEYS), 2);

    let stranger = Key::new("stranger");
    for number in 0..100 {
        let token = stranger.plugin(json!({ "jti": number }));
        let failed = unauthorized("Failed plugin token verification");
        assert_eq!(told(&auth, &token, Full).await, failed);
    }
    assert_eq!(net.asked(REMOTE_KEYS), 11, "ten of these were forced");
    // Those who are known are not held up by it.
    let known = backend.plugin_key.plugin(json!({ "jti": "new" }));
    assert!(auth.authenticate(&known, Full).await.is_ok());
    advance(Duration::from_secs(61)).await;
    assert!(
        auth.authenticate(&stranger.plugin(json!({})), Full)
            .await
            .is_err()
    );
    assert_eq!(net.asked(REMOTE_KEYS), 12);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_fetch_that_a_stranger_has_caused() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let key = &backend.plugin_key;
    let first = auth.authenticate(&key.plugin(json!({})), Full).await;
    assert!(first.is_ok());
    backend.net.put(REMOTE_KEYS, NEVER, &json!({}));
    let stranger = Key::new("stranger").plugin(json!({}));
    let known = key.plugin(json!({ "jti": "new" }));
    let before = Instant::now();
    let (strange, _) = tokio::join!(auth.authenticate(&stranger, Full), async {
        assert!(auth.authenticate(&known, Full).await.is_ok());
        assert!(before.elapsed().is_zero(), "{:?}", before.elapsed());
    });
    assert!(matches!(strange, Err(AuthError::Unavailable { .. })));
    assert_eq!(before.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_withdrawn_counts_for_ten_minutes_more() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let token = backend.plugin_key.plugin(json!({}));
    assert!(auth.authenticate(&token, Full).await.is_ok());
    backend.net.put(REMOTE_KEYS, 200, &json!({ "keys": [] }));
    assert!(auth.authenticate(&token, Full).await.is_ok());
    let minutes = Duration::from_secs(10 * 60);
    backend.time.advance(minutes);
    advance(minutes).await;
    let failed = unauthorized("Failed plugin token verification");
    assert_eq!(told(&auth, &token, Full).await, failed);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_without_keys_is_asked_again_after_a_while() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let token = backend.plugin_key.plugin(json!({ "sub": "nope" }));
    for _ in 0..10 {
        assert!(auth.authenticate(&token, Full).await.is_err());
    }
    assert_eq!(backend.net.asked(NOPE_KEYS), 1);
    let keys = json!({ "keys": [backend.plugin_key.public()] });
    backend.net.put(NOPE_KEYS, 200, &keys);
    advance(Duration::from_secs(10)).await;
    assert!(auth.authenticate(&token, Full).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_crowd_of_strangers_does_not_wait_in_a_row() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let first = backend.plugin_key.plugin(json!({}));
    assert!(auth.authenticate(&first, Full).await.is_ok());
    backend.net.put(REMOTE_KEYS, NEVER, &json!({}));
    let stranger = Key::new("stranger");
    let tokens: Vec<_> = (0..10)
        .map(|number| stranger.plugin(json!({ "jti": number })))
        .collect();
    let before = Instant::now();
    let crowd = tokens.iter().map(|token| auth.authenticate(token, Full));
    for told in futures_util::future::join_all(crowd).await {
        assert!(matches!(told, Err(AuthError::Unavailable { .. })));
    }
    assert!(before.elapsed() <= Duration::from_secs(10));
    assert_eq!(backend.net.asked(REMOTE_KEYS), 2, "one for all of them");
    // Later somebody may look again.
    advance(Duration::from_secs(2)).await;
    let keys = json!({ "keys": [stranger.public()] });
    backend.net.put(REMOTE_KEYS, 200, &keys);
    assert!(auth.authenticate(&tokens[0], Full).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn good_keys_outlive_a_short_absence_of_their_issuer() {
    for status in [429, 403, 400, 500] {
        let backend = Backend::new();
        let auth = backend.auth("example");
        let token = |number: u32| backend.plugin_key.plugin(json!({ "jti": number }));
        assert!(auth.authenticate(&token(0), Full).await.is_ok());
        backend.net.put(REMOTE_KEYS, status, &json!({}));
        advance(Duration::from_secs(10 * 60)).await;
        assert!(auth.authenticate(&token(1), Full).await.is_ok(), "{status}");
        advance(Duration::from_secs(60)).await;
        let told = auth.authenticate(&token(2), Full).await;
        assert!(
            matches!(told, Err(AuthError::Unavailable { .. })),
            "{status}: {told:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_are_gone_count_no_more() {
    for status in [404, 410] {
        let backend = Backend::new();
        let auth = backend.auth("example");
        let token = |number: u32| backend.plugin_key.plugin(json!({ "jti": number }));
        assert!(auth.authenticate(&token(0), Full).await.is_ok());
        backend.net.put(REMOTE_KEYS, status, &json!({}));
        advance(Duration::from_secs(10 * 60)).await;
        let told = auth.authenticate(&token(1), Full).await;
        assert!(
            matches!(told, Err(AuthError::Authentication(_))),
            "{status}: {told:?}"
        );
    }
}

#[tokio::test]
async fn plugins_of_one_backend_know_each_other_without_a_request() {
    let backend = Backend::new();
    let (example, probe) = (backend.auth("example"), backend.auth("probe"));
    let own = probe.own_service_credentials().into_any();
    let token = probe.plugin_request_token(&own, "example").await;
    let token = token.expect("it can issue").expect("it does");
    let caller = json!({ "type": "service", "subject": "plugin:probe" });
    assert_eq!(told(&example, token.expose(), Full).await, caller);
    assert_eq!(backend.net.asked_at_all(), 0);
    let keys = probe
        .list_public_service_keys()
        .await
        .expect("memory is there");
    assert_eq!(keys.len(), 1);
    assert!(keys[0]["kty"] == "EC" && keys[0]["crv"] == "P-256" && keys[0]["alg"] == "ES256");
    assert!(
        !keys[0].contains_key("d"),
        "the private half is nobody's business"
    );
    let others = example.list_public_service_keys().await;
    assert_eq!(
        others.expect("memory is there").len(),
        0,
        "no token, no key"
    );
}
