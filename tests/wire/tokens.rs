//! Every token that a recorded request names, with the header and the claims of the recording, byte for byte. Only the
//! signatures are of this run.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::keys::{KeyRing, Keys};

const ISSUED: u64 = 1_700_000_000;
const EXPIRES: u64 = 4_102_444_800;
const PAST: u64 = 1_700_003_600;
const GUEST: &str = "user:development/guest";

/// The secret of the configuration, decoded.
const LEGACY: &[u8] = b"legacy-secret-legacy-secret-0123";

/// Members in their order, which is a part of the token.
type Members = Vec<(&'static str, Value)>;

/// How a token is signed.
#[derive(Clone, Copy)]
enum By<'a> {
    Key(&'a Keys),
    Secret(&'a [u8]),
}

/// The tokens by name.
pub struct Tokens(BTreeMap<&'static str, String>);

impl Tokens {
    /// The token of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Mints all of them for a backend with these keys, whose `backend.baseUrl` is this.
    pub fn mint(keys: &KeyRing, base: &str) -> Self {
        let mint = Mint { keys, base };
        let mut tokens = mint.users();
        tokens.extend(mint.plugins());
        tokens.extend(legacy());
        tokens.extend([
            ("LIMITED", mint.limited(&[], &keys.user)),
            (
                "LIMITED_EXPIRED",
                mint.limited(&[("exp", json!(PAST))], &keys.user),
            ),
            ("LIMITED_WRONG_KEY", mint.limited(&[], &keys.other)),
            (
                "PLAIN_JWT",
                sign(
                    &[("alg", json!("ES256")), ("typ", json!("JWT"))],
                    &[("sub", json!("x")), ("exp", json!(EXPIRES))],
                    By::Key(&keys.other),
                ),
            ),
        ]);
        // As `app-config.yaml` has them.
        tokens.extend(
            [
                ("STATIC", "static-token-abcdef-0123456789"),
                ("STATIC_RESTRICTED", "restricted-token-abcdef-0123456789"),
                ("STATIC_PERM", "perm-restricted-token-abcdef-0123"),
                ("STATIC_ELSEWHERE", "elsewhere-token-abcdef-0123456789"),
            ]
            .map(|(name, token)| (name, token.to_owned())),
        );
        Self(tokens.into_iter().collect())
    }
}

struct Mint<'a> {
    keys: &'a KeyRing,
    base: &'a str,
}

impl Mint<'_> {
    fn users(&self) -> Vec<(&'static str, String)> {
        let Self { keys, .. } = self;
        let plain = |over: &[(&'static str, Value)]| {
            sign(
                &user_header(),
                &self.user_claims(over, true),
                By::Key(&keys.user),
            )
        };
        let without = |claim: &str| {
            let mut claims = self.user_claims(&[], true);
            claims.retain(|(name, _)| *name != claim);
            sign(&user_header(), &claims, By::Key(&keys.user))
        };
        let headed = |header: &[(&'static str, Value)], by: &Keys| {
            sign(header, &self.user_claims(&[], true), By::Key(by))
        };
        let [typ, alg, kid] = user_header();
        let bare = [
            ("sub", json!(GUEST)),
            ("aud", json!("backstage")),
            ("iat", json!(ISSUED)),
            ("exp", json!(EXPIRES)),
        ];
        let unsigned = unsigned(&[typ.clone(), ("alg", json!("none"))], &bare);
        let public = keys.user.public_pem();
        let ownership = json!([GUEST, "group:default/team-a"]);
        vec![
            ("USER", plain(&[])),
            ("USER_ENT", plain(&[("ent", ownership)])),
            (
                "USER_NO_UIP",
                sign(
                    &user_header(),
                    &self.user_claims(&[], false),
                    By::Key(&keys.user),
                ),
            ),
            ("USER_OTHER", plain(&[("sub", json!("user:default/jane"))])),
            ("USER_EXPIRED", plain(&[("exp", json!(PAST))])),
            ("USER_NBF_FUTURE", plain(&[("nbf", json!(EXPIRES - 1))])),
            ("USER_IAT_FUTURE", plain(&[("iat", json!(EXPIRES - 10))])),
            ("USER_WRONG_KEY", headed(&user_header(), &keys.other)),
            (
                "USER_UNKNOWN_KID",
                headed(
                    &[typ.clone(), alg.clone(), ("kid", json!("nope"))],
                    &keys.other,
                ),
            ),
            (
                "USER_NO_KID",
                headed(&[typ.clone(), alg.clone()], &keys.user),
            ),
            ("USER_NO_SUB", without("sub")),
            ("USER_NO_EXP", without("exp")),
            ("USER_NO_AUD", without("aud")),
            ("USER_AUD_TYP", headed(&[alg, kid.clone()], &keys.user)),
            (
                "USER_WRONG_ISS",
                plain(&[("iss", json!("http://evil.example/api/auth"))]),
            ),
            ("USER_ALG_NONE", format!("{unsigned}.")),
            (
                "USER_HS256",
                sign(
                    &[typ, ("alg", json!("HS256")), kid],
                    &bare,
                    By::Secret(public.as_bytes()),
                ),
            ),
        ]
    }

    fn plugins(&self) -> Vec<(&'static str, String)> {
        let Self { keys, .. } = self;
        let plugin = |over: &[(&'static str, Value)]| {
            sign(
                &plugin_header(),
                &plugin_claims(over),
                By::Key(&keys.plugin),
            )
        };
        let without = |claim: &str| {
            let mut claims = plugin_claims(&[]);
            claims.retain(|(name, _)| *name != claim);
            sign(&plugin_header(), &claims, By::Key(&keys.plugin))
        };
        let obo = |token: String| plugin(&[("obo", json!(token))]);
        let full = sign(
            &user_header(),
            &self.user_claims(&[], true),
            By::Key(&keys.user),
        );
        let expired = self.limited(&[("exp", json!(PAST))], &keys.user);
        vec![
            ("PLUGIN", plugin(&[])),
            ("PLUGIN_WRONG_AUD", plugin(&[("aud", json!("probe"))])),
            ("PLUGIN_EXPIRED", plugin(&[("exp", json!(PAST))])),
            (
                "PLUGIN_WRONG_KEY",
                sign(&plugin_header(), &plugin_claims(&[]), By::Key(&keys.other)),
            ),
            ("PLUGIN_UNKNOWN_SUB", plugin(&[("sub", json!("nope"))])),
            ("PLUGIN_BAD_SUB", plugin(&[("sub", json!("../auth"))])),
            ("PLUGIN_NO_SUB", without("sub")),
            ("PLUGIN_NO_EXP", without("exp")),
            ("PLUGIN_OBO", obo(self.limited(&[], &keys.user))),
            ("PLUGIN_OBO_EXPIRED", obo(expired)),
            ("PLUGIN_OBO_GARBAGE", obo("garbage".to_owned())),
            ("PLUGIN_OBO_FULL_USER", obo(full)),
            ("PLUGIN_SELF", plugin(&[("sub", json!("example"))])),
        ]
    }

    /// What a limited token says, signed by this key.
    fn limited(&self, over: &[(&'static str, Value)], by: &Keys) -> String {
        let [_, alg, kid] = user_header();
        let header = [("typ", json!("vnd.backstage.limited-user")), alg, kid];
        sign(&header, &changed(limited_claims(), over), By::Key(by))
    }

    fn user_claims(&self, over: &[(&'static str, Value)], proof: bool) -> Members {
        let claims = vec![
            ("iss", json!(format!("{}/api/auth", self.base))),
            ("sub", json!(GUEST)),
            ("aud", json!("backstage")),
            ("iat", json!(ISSUED)),
            ("exp", json!(EXPIRES)),
        ];
        let mut claims = changed(claims, over);
        if proof {
            // The signature of the limited token that can be made of this one.
            let core = ["sub", "iat", "exp"];
            let over: Members = over
                .iter()
                .filter(|(name, _)| core.contains(name))
                .cloned()
                .collect();
            let limited = self.limited(&over, &self.keys.user);
            let signature = limited.rsplit('.').next().unwrap_or_default();
            claims.push(("uip", json!(signature)));
        }
        claims
    }
}

fn legacy() -> Vec<(&'static str, String)> {
    let by = |secret: &[u8], claims: &[(&'static str, Value)]| {
        sign(&[("alg", json!("HS256"))], claims, By::Secret(secret))
    };
    let server = ("sub", json!("backstage-server"));
    let expires = ("exp", json!(EXPIRES));
    let both = [server.clone(), expires.clone()];
    let another = b"another-secret-another-secret-12";
    vec![
        ("LEGACY", by(LEGACY, &both)),
        ("LEGACY_NO_EXP", by(LEGACY, std::slice::from_ref(&server))),
        (
            "LEGACY_EXPIRED",
            by(LEGACY, &[server.clone(), ("exp", json!(PAST))]),
        ),
        ("LEGACY_WRONG_SECRET", by(another, &both)),
        (
            "LEGACY_WRONG_SUB",
            by(LEGACY, &[("sub", json!("someone")), expires.clone()]),
        ),
        (
            "LEGACY_WITH_AUD",
            by(LEGACY, &[server, ("aud", json!("x")), expires]),
        ),
    ]
}

fn user_header() -> [(&'static str, Value); 3] {
    [
        ("typ", json!("vnd.backstage.user")),
        ("alg", json!("ES256")),
        ("kid", json!("user-key-1")),
    ]
}

fn plugin_header() -> [(&'static str, Value); 3] {
    [
        ("typ", json!("vnd.backstage.plugin")),
        ("alg", json!("ES256")),
        ("kid", json!("plugin-key-1")),
    ]
}

fn limited_claims() -> Members {
    vec![
        ("sub", json!(GUEST)),
        ("iat", json!(ISSUED)),
        ("exp", json!(EXPIRES)),
    ]
}

fn plugin_claims(over: &[(&'static str, Value)]) -> Members {
    let claims = vec![
        ("sub", json!("probe")),
        ("aud", json!("example")),
        ("iat", json!(ISSUED)),
        ("exp", json!(EXPIRES)),
    ];
    changed(claims, over)
}

/// Replaces members where they stand, and adds what is new at the end.
fn changed(mut members: Members, over: &[(&'static str, Value)]) -> Members {
    for (name, value) in over {
        match members.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.clone(),
            None => members.push((name, value.clone())),
        }
    }
    members
}

fn sign(header: &[(&str, Value)], claims: &[(&str, Value)], by: By<'_>) -> String {
    let message = unsigned(header, claims);
    let signature = match by {
        By::Key(keys) => keys.sign(&message),
        By::Secret(secret) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes()))
        }
    };
    format!("{message}.{signature}")
}

fn unsigned(header: &[(&str, Value)], claims: &[(&str, Value)]) -> String {
    let part = |members: &[(&str, Value)]| {
        let written: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        URL_SAFE_NO_PAD.encode(format!("{{{}}}", written.join(",")))
    };
    format!("{}.{}", part(header), part(claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Header and claims of a token, as text.
    fn opened(token: &str) -> (String, String) {
        let part = |n| {
            let part = token.split('.').nth(n).unwrap_or_default();
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default()
        };
        (part(0), part(1))
    }

    #[test]
    fn header_and_claims_stand_in_the_recordings_order() {
        let tokens = Tokens::mint(&KeyRing::make(), "http://127.0.0.1:17007");
        let open = |name: &str| opened(tokens.get(name).unwrap_or_default());

        let (header, claims) = open("USER_NBF_FUTURE");
        assert_eq!(
            header,
            r#"{"typ":"vnd.backstage.user","alg":"ES256","kid":"user-key-1"}"#
        );
        let start = r#"{"iss":"http://127.0.0.1:17007/api/auth","sub":"user:development/guest","aud":"backstage","iat":1700000000,"exp":4102444800,"nbf":4102444799,"uip":""#;
        assert!(claims.starts_with(start), "{claims}");

        let (header, claims) = open("LIMITED_EXPIRED");
        assert_eq!(
            header,
            r#"{"typ":"vnd.backstage.limited-user","alg":"ES256","kid":"user-key-1"}"#
        );
        assert_eq!(
            claims,
            r#"{"sub":"user:development/guest","iat":1700000000,"exp":1700003600}"#
        );

        let (header, claims) = open("PLUGIN_NO_SUB");
        assert_eq!(
            header,
            r#"{"typ":"vnd.backstage.plugin","alg":"ES256","kid":"plugin-key-1"}"#
        );
        assert_eq!(
            claims,
            r#"{"aud":"example","iat":1700000000,"exp":4102444800}"#
        );

        let (header, claims) = open("LEGACY_WITH_AUD");
        assert_eq!(header, r#"{"alg":"HS256"}"#);
        assert_eq!(
            claims,
            r#"{"sub":"backstage-server","aud":"x","exp":4102444800}"#
        );
        assert!(
            tokens
                .get("USER_ALG_NONE")
                .is_some_and(|token| token.ends_with('.'))
        );
    }

    #[test]
    fn signatures_are_of_the_keys_and_the_proof_is_that_of_the_limited_token() {
        use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

        let keys = KeyRing::make();
        let tokens = Tokens::mint(&keys, "http://127.0.0.1:17007");
        let verifies = |by: &Keys, message: &str, signature: &str| {
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, by.public_point());
            key.verify(message.as_bytes(), &signature).is_ok()
        };
        let split = |name: &str| {
            let token = tokens.get(name).unwrap_or_default();
            token.rsplit_once('.').unwrap_or_default()
        };
        let (user, signature) = split("USER");
        assert!(verifies(&keys.user, user, signature));
        let (plugin, signature) = split("PLUGIN");
        assert!(verifies(&keys.plugin, plugin, signature));
        let (forged, signature) = split("USER_WRONG_KEY");
        assert!(!verifies(&keys.user, forged, signature));

        let (limited, _) = split("LIMITED");
        let (_, claims) = opened(tokens.get("USER").unwrap_or_default());
        let claims: Value = serde_json::from_str(&claims).expect("claims are JSON");
        let proof = claims["uip"].as_str().unwrap_or_default();
        assert!(verifies(&keys.user, limited, proof));
    }

    #[test]
    fn every_token_that_a_case_names_is_minted() {
        let tokens = Tokens::mint(&KeyRing::make(), "http://127.0.0.1:17007");
        let names = regex_lite::Regex::new(r"\{\{([A-Z0-9_]+)\}\}").expect("it is a pattern");
        for line in include_str!("cases.jsonl").lines() {
            let (_, request) = line
                .split_once("\"request\":")
                .expect("a case has a request");
            let (request, _) = request.split_once("\"response\":").expect("and a response");
            for found in names.captures_iter(request) {
                let name = &found[1];
                assert!(
                    name == "HOST" || tokens.get(name).is_some(),
                    "{name} in {line}"
                );
            }
        }
    }
}
