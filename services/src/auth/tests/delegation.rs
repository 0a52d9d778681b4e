//! Calls that a plugin makes: in its own name, in a user's, in that of a caller from outside.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{BASE64, Backend, END, GUEST, NOW, principal, refusal, told};
use crate::auth::TokenAccess::{Full, Limited};
use crate::auth::{Auth, Credentials, UserPrincipal};

/// The header and the claims of a token.
fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64.decode(part).expect("a part is base 64");
        String::from_utf8(bytes).unwrap_or_default()
    });
    let header = parts.next().expect("a header");
    let claims = parts.next().expect("claims");
    let read = |text: &str| serde_json::from_str(text).expect("JSON");
    (read(&header), read(&claims), format!("{header}{claims}"))
}

async fn issued(auth: &Auth, on_behalf_of: &Credentials, target: &str) -> String {
    let token = auth.plugin_request_token(on_behalf_of, target).await;
    let token = token.unwrap_or_else(|error| panic!("{}", refusal(error)));
    token.expect("it is issued").expose().to_owned()
}

#[tokio::test]
async fn a_plugins_token_has_the_anchors_form() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let own = auth.own_service_credentials().into_any();
    let shown = json!({ "type": "service", "subject": "plugin:example" });
    assert_eq!(principal(&own), shown);
    let token = issued(&auth, &own, "probe").await;
    let (header, claims, text) = parts(&token);
    let keys = auth
        .list_public_service_keys()
        .await
        .expect("memory is there");
    let id = keys[0]["kid"].as_str().expect("an id");
    assert_eq!(header["kid"], id);
    assert_eq!(claims["exp"], NOW + 3600);
    let written = format!(
        r#"{{"typ":"vnd.backstage.plugin","alg":"ES256","kid":"{id}"}}{{"sub":"example","aud":"probe","iat":{NOW},"exp":{}}}"#,
        NOW + 3600
    );
    assert_eq!(text, written);
}

#[tokio::test]
async fn a_user_is_passed_on_by_a_limited_token() {
    let backend = Backend::new();
    let (example, probe) = (backend.auth("example"), backend.auth("probe"));
    let user = backend.user_key.user(json!({}));
    let user = example.authenticate(&user, Full).await.expect("it is good");
    let token = issued(&example, &user, "probe").await;
    let (_, claims, _) = parts(&token);
    assert_eq!(claims["exp"], NOW + 3600);
    let seen = probe.authenticate(&token, Full).await.expect("it is good");
    let expected = json!({
        "type": "user",
        "userEntityRef": GUEST,
        "actor": { "type": "service", "subject": "plugin:example" },
    });
    assert_eq!(principal(&seen), expected);
    // And from there to the next.
    let further = issued(&probe, &seen, "example").await;
    let seen = example
        .authenticate(&further, Full)
        .await
        .expect("it is good");
    assert_eq!(principal(&seen)["actor"]["subject"], "plugin:probe");

    // The token does not outlive the user's.
    let short = backend.user_key.user(json!({ "exp": NOW + 60 }));
    let short = example
        .authenticate(&short, Full)
        .await
        .expect("it is good");
    // Its proof is for another end, which nobody has looked at yet.
    let (_, claims, _) = parts(&issued(&example, &short, "probe").await);
    assert_eq!(claims["exp"], NOW + 60);
    backend.time.advance(Duration::from_secs(60));
    let late = example.plugin_request_token(&short, "probe").await;
    let late = refusal(late.expect_err("the user has ended"));
    assert_eq!(
        late,
        "401 AuthenticationError: The user's token has expired"
    );
}

#[tokio::test]
async fn limited_tokens_are_made_of_full_ones() {
    let backend = Backend::new();
    let auth = backend.auth("example");
    let mut untyped = backend.user_key.header("");
    untyped.as_object_mut().expect("an object").remove("typ");
    let full = backend.user_key.user(json!({}));
    let old = backend.user_key.user_as(&untyped, json!({}));
    let limited = backend.user_key.limited(json!({}));
    for token in [full, old, limited] {
        let user = auth
            .authenticate(&token, Limited)
            .await
            .expect("it is good");
        let user = user.narrow::<UserPrincipal>().expect("it is a user");
        let made = auth
            .limited_user_token(&user)
            .await
            .expect("it has a proof");
        let (header, claims, _) = parts(made.token.expose());
        assert_eq!(header["typ"], "vnd.backstage.limited-user");
        assert_eq!(claims, json!({ "sub": GUEST, "iat": NOW, "exp": END }));
        let caller = told(&auth, made.token.expose(), Limited).await;
        assert_eq!(caller["userEntityRef"], GUEST);
    }
    let unproved = backend.user_key.user(json!({ "uip": null }));
    let user = auth
        .authenticate(&unproved, Full)
        .await
        .expect("it is good");
    let refused = auth.plugin_request_token(&user, "probe").await;
    assert_eq!(
        refusal(refused.expect_err("there is no proof")),
        "401 AuthenticationError: Failed to create limited user token, missing user identity proof"
    );
    let made_by_hand = Credentials::user(GUEST);
    assert!(auth.limited_user_token(&made_by_hand).await.is_err());
}

#[tokio::test]
async fn nobody_is_passed_on_only_where_everybody_is_let_in() {
    let nobody = Credentials::none().into_any();
    let auth = Backend::new().auth("example");
    let refused = auth.plugin_request_token(&nobody, "probe").await;
    assert_eq!(
        refusal(refused.expect_err("nobody calls")),
        "401 AuthenticationError: Refused to issue service token for credential type 'none'"
    );
    let open = Backend::with(json!({ "dangerouslyDisableDefaultAuthPolicy": true }), &[]);
    let token = open
        .auth("example")
        .plugin_request_token(&nobody, "probe")
        .await;
    assert_eq!(token.ok(), Some(None));
}

#[tokio::test]
async fn a_restricted_caller_is_passed_on_where_nothing_restricts_it() {
    let backend = Backend::with(
        json!({ "externalAccess": [{
            "type": "static",
            "options": { "token": "perm-restricted-token", "subject": "perm-caller" },
            "accessRestrictions": [
                { "plugin": "example", "permission": "a.read, b.read", "permissionAttribute": { "action": "read" } },
                { "plugin": "probe" },
                { "plugin": "todo", "permission": ["c.read"] },
            ],
        }]}),
        &[],
    );
    let auth = backend.auth("example");
    let caller = auth.authenticate("perm-restricted-token", Full).await;
    let caller = caller.expect("it is good");
    let expected = json!({
        "type": "service",
        "subject": "perm-caller",
        "accessRestrictions": {
            "permissionNames": ["a.read", "b.read"],
            "permissionAttributes": { "action": ["read"] },
        },
    });
    assert_eq!(principal(&caller), expected);
    let token = issued(&auth, &caller, "probe").await;
    let seen = told(&backend.auth("probe"), &token, Full).await;
    assert_eq!(
        seen,
        json!({ "type": "service", "subject": "plugin:example" })
    );
    for (target, message) in [
        (
            "catalog",
            "Access to target plugin 'catalog' is not included in token's access restrictions",
        ),
        (
            "todo",
            "Access to target plugin 'todo' is restricted and cannot be delegated",
        ),
    ] {
        let refused = auth.plugin_request_token(&caller, target).await;
        let refused = refusal(refused.expect_err("it is restricted"));
        assert_eq!(refused, format!("403 NotAllowedError: {message}"));
    }
}
