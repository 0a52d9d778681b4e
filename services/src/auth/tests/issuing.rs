//! Tokens of users that this process issues, and who knows them then.

use serde_json::{Value, json};

use super::{AUTH_KEYS, Backend, GUEST, NOW, told, unauthorized};
use crate::auth::{TokenAccess, UserTokenIssuer, UserTokenSettings};
use crate::config::{Config, FromConfig as _};
use crate::logger::LoggerService as _;

async fn issuer(backend: &Backend) -> UserTokenIssuer {
    issuer_of(backend, json!({})).await
}

async fn issuer_of(backend: &Backend, auth: Value) -> UserTokenIssuer {
    let config = Config::from_json(json!({ "auth": auth }));
    let settings = UserTokenSettings::from_config(&config).expect("they are valid");
    let logger = backend.log.child(Default::default());
    let issuer = backend
        .root
        .user_token_issuer(&settings, "http://here.test/api/auth", logger);
    let issuer = issuer.await;
    issuer.expect("it makes its keys")
}

#[tokio::test]
async fn a_token_is_known_to_all_plugins_without_a_request_and_can_be_limited() {
    let backend = Backend::new();
    let issued = issuer(&backend)
        .await
        .issue(GUEST, None)
        .await
        .expect("there is a key");
    let token = issued.token.expose();
    let user = json!({ "type": "user", "userEntityRef": GUEST });
    for plugin in ["example", "other"] {
        let auth = backend.auth(plugin);
        assert_eq!(told(&auth, token, TokenAccess::Full).await, user);
        let credentials = auth.authenticate(token, TokenAccess::Full).await;
        let credentials = credentials.expect("it was good just now").narrow();
        let limited = auth
            .limited_user_token(&credentials.expect("it is a user's"))
            .await;
        let limited = limited.expect("it has a proof");
        assert_eq!(limited.expires_at, issued.expires_at);
        let limited = limited.token.expose();
        assert_eq!(told(&auth, limited, TokenAccess::Limited).await, user);
    }
    assert_eq!(backend.net.asked_at_all(), 0);
}

#[tokio::test]
async fn who_issues_tokens_knows_no_others() {
    let backend = Backend::new();
    let others = backend.user_key.user(json!({}));
    let auth = backend.auth("example");
    let issuer = issuer(&backend).await;
    let refused = unauthorized("Failed user token verification");
    assert_eq!(told(&auth, &others, TokenAccess::Full).await, refused);
    assert_eq!(backend.net.asked(AUTH_KEYS), 0);

    let issued = issuer.issue(GUEST, None).await.expect("there is a key");
    let mut forged: Vec<_> = issued.token.expose().split('.').collect();
    forged[2] = others.rsplit('.').next().expect("it has a signature");
    assert_eq!(
        told(&auth, &forged.join("."), TokenAccess::Full).await,
        refused
    );
}

#[tokio::test]
async fn the_first_keys_stay() {
    let backend = Backend::new();
    let first = issuer(&backend)
        .await
        .issue(GUEST, None)
        .await
        .expect("there is a key");
    let second = issuer(&backend).await;
    let keys = second.public_keys().await.expect("they are in memory");
    assert_eq!(keys.len(), 1);
    let auth = backend.auth("example");
    let known: Value = told(&auth, first.token.expose(), TokenAccess::Full).await;
    assert_eq!(known["userEntityRef"], GUEST);
    assert_eq!(
        crate::auth::written_time::seconds(first.expires_at),
        NOW + 3600
    );
}

#[tokio::test]
async fn a_token_lasts_as_long_as_it_should_within_bounds() {
    for (written, lasts) in [
        (json!({ "hours": 2 }), 2 * 3600),
        (json!("30m"), 1800),
        (json!("1m"), 600),
        (json!({ "days": 7 }), 24 * 3600),
    ] {
        let backend = Backend::new();
        let issuer = issuer_of(&backend, json!({ "backstageTokenExpiration": written })).await;
        let issued = issuer.issue(GUEST, None).await.expect("there is a key");
        let ends = crate::auth::written_time::seconds(issued.expires_at);
        assert_eq!(ends, NOW + lasts, "{written}");
    }
}
