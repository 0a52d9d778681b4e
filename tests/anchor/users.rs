//! Users who signed in at the auth plugin of one side, as the other side knows them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use crate::need;
use crate::pair::{Auth, OWNERS, Pair, USER};

#[tokio::test]
async fn who_signed_in_at_backstage_is_known_everywhere() {
    users(Auth::Node).await;
}

#[tokio::test]
async fn who_signed_in_at_greenroom_is_known_everywhere() {
    users(Auth::Rust).await;
}

async fn users(auth: Auth) {
    let Some(backstage) = need::backstage() else {
        return;
    };
    let pair = Pair::start(backstage, auth).await;
    let token = pair.sign_in().await;
    let claims = claims(&token);
    assert!(
        claims.contains(USER) && !claims.contains("\"ent\""),
        "who owns what is not in the token, so that it has to be asked for: {claims}"
    );
    let known = json!({ "userEntityRef": USER, "ownershipEntityRefs": OWNERS });
    for (here, there) in pair.both() {
        let me = here.get("/me", Some(&token)).await;
        assert_eq!((me.status, me.json()), (200, known.clone()), "{here:?}");

        // On behalf of the user, the other side sees who it is and who calls.
        let path = format!("/call/{}", there.plugin);
        let seen = here.get(&format!("{path}/credentials"), Some(&token)).await;
        let actor = json!({ "type": "service", "subject": format!("plugin:{}", here.plugin) });
        let principal = json!({ "type": "user", "userEntityRef": USER, "actor": actor });
        assert_eq!(seen.json()["principal"], principal, "{here:?}: {seen:?}");
        let me = here.get(&format!("{path}/me"), Some(&token)).await;
        assert_eq!((me.status, me.json()), (200, known.clone()), "{here:?}");

        // A browser sends the cookie of one to the other: cookies know hosts, and no ports.
        let bearer = format!("Authorization: Bearer {token}\r\n");
        let set = here.ask("POST", "/cookie", &bearer).await;
        let cookie = set
            .header("set-cookie")
            .and_then(|set| set.split(';').next());
        let cookie = format!("Cookie: {}\r\n", cookie.expect("there is one"));
        for side in [here, there] {
            let me = side.ask("GET", "/cookie/me", &cookie).await;
            assert_eq!((me.status, me.json()), (200, known.clone()), "{side:?}");
            // It counts there alone.
            let refused = side.ask("GET", "/me", &cookie).await;
            assert_eq!(refused.status, 401, "{side:?}");
        }
    }
    let log = pair.backend.logs().to_string();
    assert!(!log.contains(&token), "{log}");
}

fn claims(token: &str) -> String {
    let part = token.split('.').nth(1).expect("it has three parts");
    let decoded = BASE64.decode(part).expect("it is base64");
    String::from_utf8(decoded).expect("it is text")
}
