//! Tokens that must not count, shown to both sides: each refuses them, in the same words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::need;
use crate::pair::{Auth, Pair, Side};

#[tokio::test]
async fn both_sides_refuse_bad_tokens_in_the_same_words() {
    let Some(backstage) = need::backstage() else {
        return;
    };
    let pair = Pair::start(backstage, Auth::Node).await;
    let user = pair.sign_in().await;
    for (here, there) in pair.both() {
        let for_here = there.token_for(here.plugin).await;
        let for_another = there.token_for("another").await;
        let refused = "Failed plugin token verification";
        for (what, token, message) in [
            ("no token", "nonsense".to_owned(), "Illegal token"),
            (
                "signed by another",
                forged(&for_here, &for_another),
                refused,
            ),
            ("for another plugin", for_another, refused),
            ("changed", changed(&for_here, "sub", here.plugin), refused),
            ("without a signature", unsigned(&for_here), refused),
            (
                "of a plugin that nobody has",
                changed(&for_here, "sub", "nobody"),
                "Received a plugin token where the source 'nobody' plugin unexpectedly does not have a JWKS \
                 endpoint. The target plugin needs to be migrated to be installed in an app using the new backend \
                 system.",
            ),
            (
                "of another user",
                changed(&user, "sub", "user:default/admin"),
                "Failed user token verification",
            ),
            (
                "of a user, without a signature",
                unsigned(&user),
                "Failed user token verification",
            ),
        ] {
            let error = json!({ "name": "AuthenticationError", "message": message });
            let told = error_of(here, "/credentials", Some(&token)).await;
            assert_eq!(told, (401, error), "{what}, at {here:?}");
        }
        let error = json!({ "name": "AuthenticationError", "message": "Missing credentials" });
        assert_eq!(error_of(here, "/me", None).await, (401, error), "{here:?}");
        let error = json!({
            "name": "NotAllowedError",
            "message": "This endpoint does not allow 'service' credentials",
        });
        let told = error_of(here, "/me", Some(&for_here)).await;
        assert_eq!(told, (403, error), "{here:?}");
    }
}

async fn error_of(side: Side, path: &str, token: Option<&str>) -> (u16, Value) {
    let answer = side.get(path, token).await;
    (answer.status, answer.json()["error"].clone())
}

/// The claims of one token with the signature of another.
fn forged(token: &str, other: &str) -> String {
    let (claims, _) = token.rsplit_once('.').expect("it has three parts");
    let (_, signature) = other.rsplit_once('.').expect("it has three parts");
    format!("{claims}.{signature}")
}

/// The token with another claim.
fn changed(token: &str, claim: &str, value: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let claims = encoded(parts[1], claim, value);
    format!("{}.{claims}.{}", parts[0], parts[2])
}

/// The token with the algorithm that needs no key.
fn unsigned(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    format!("{}.{}.", encoded(parts[0], "alg", "none"), parts[1])
}

/// A part of a token with another member.
fn encoded(part: &str, member: &str, value: &str) -> String {
    let decoded = BASE64.decode(part).expect("it is base64");
    let mut decoded: Value = serde_json::from_slice(&decoded).expect("it is JSON");
    decoded[member] = json!(value);
    BASE64.encode(decoded.to_string())
}
