//! Callers from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{Backend, END, Key, NOW, refusal, token, told, unauthorized};
use crate::auth::TokenAccess::Full;
use crate::auth::external::ExternalAccess;
use crate::auth::{ExternalTokenHandler, ExternalTokenVerifier};
use crate::config::Config;

fn service(subject: &str) -> Value {
    json!({ "type": "service", "subject": subject })
}

#[tokio::test]
async fn static_tokens_and_what_they_reach() {
    let access = |token: &str, subject: &str, restrictions: Value| {
        let options = json!({ "token": token, "subject": subject });
        json!({ "type": "static", "options": options, "accessRestrictions": restrictions })
    };
    let backend = Backend::with(
        json!({ "externalAccess": [
            access("static-token", "static-caller", Value::Null),
            access("restricted-token", "restricted-caller", json!([{ "plugin": "example" }])),
            access("elsewhere-token", "elsewhere-caller", json!([{ "plugin": "catalog" }, { "plugin": "probe" }])),
        ]}),
        &[],
    );
    let auth = backend.auth("example");
    let mut restricted = service("restricted-caller");
    restricted["accessRestrictions"] = json!({});
    let elsewhere =
        "403 NotAllowedError: This token's access is restricted to plugin(s) 'catalog', 'probe'";
    for (token, expected) in [
        ("static-token", service("static-caller")),
        ("restricted-token", restricted),
        ("elsewhere-token", json!(elsewhere)),
        ("static-toke", unauthorized("Illegal token")),
        ("static-tokens", unauthorized("Illegal token")),
        ("", unauthorized("Illegal token")),
    ] {
        assert_eq!(told(&auth, token, Full).await, expected, "{token}");
    }
}

#[tokio::test]
async fn legacy_tokens() {
    // `legacy-secret-legacy-secret-0123`, in base 64 without padding.
    let secret = "bGVnYWN5LXNlY3JldC1sZWdhY3ktc2VjcmV0LTAxMjM";
    let backend = Backend::with(
        json!({
            "externalAccess": [
                { "type": "legacy", "options": { "secret": secret, "subject": "legacy-caller" } },
            ],
            "keys": [
                { "secret": "b2xkLXNlY3JldA==" },
                { "secret": "aGVyZS1hbG9uZQ==", "accessRestrictions": [{ "plugin": "example" }] },
                {
                    "secret": "dGhlcmUtYWxvbmU=",
                    "accessRestrictions": [{ "plugin": "catalog", "permission": "catalog.entity.read" }],
                },
            ],
        }),
        &[],
    );
    let auth = backend.auth("example");
    let by = |secret: &[u8], claims: Value| {
        let key = EncodingKey::from_secret(secret);
        token(&json!({ "alg": "HS256" }), &claims, &key, Algorithm::HS256)
    };
    let secret: &[u8] = b"legacy-secret-legacy-secret-0123";
    let sub = "backstage-server";
    let illegal = unauthorized("Illegal token");
    let mut here = service("external:backstage-plugin");
    here["accessRestrictions"] = json!({});
    let there =
        json!("403 NotAllowedError: This token's access is restricted to plugin(s) 'catalog'");
    for (token, expected) in [
        (by(b"here-alone", json!({ "sub": sub })), &here),
        (by(b"there-alone", json!({ "sub": sub })), &there),
        (
            by(secret, json!({ "sub": sub, "exp": END })),
            &service("legacy-caller"),
        ),
        (by(secret, json!({ "sub": sub })), &service("legacy-caller")),
        (
            by(b"old-secret", json!({ "sub": sub })),
            &service("external:backstage-plugin"),
        ),
        (by(secret, json!({ "sub": sub, "exp": NOW })), &illegal),
        (by(secret, json!({ "sub": sub, "nbf": NOW + 1 })), &illegal),
        (by(b"another-secret", json!({ "sub": sub })), &illegal),
        (by(secret, json!({ "sub": "someone" })), &illegal),
        (by(secret, json!({ "sub": sub, "aud": "x" })), &illegal),
        (
            backend.other_key.sign(
                &json!({ "alg": "ES256", "typ": "JWT" }),
                &json!({ "sub": "x" }),
            ),
            &illegal,
        ),
    ] {
        assert_eq!(told(&auth, &token, Full).await, *expected, "{token}");
    }
}

#[tokio::test]
async fn tokens_of_an_issuer_with_published_keys() {
    let url = "https://issuer.test/keys";
    let backend = Backend::with(
        json!({ "externalAccess": [
            { "type": "jwks", "options": { "url": "http://down/keys", "issuer": "https://down.test" } },
            {
                "type": "jwks",
                "options": {
                    "url": url,
                    "issuer": "https://old-issuer.test,https://issuer.test",
                    "audience": ["we us", "them"],
                    "algorithm": "RS256, ES256",
                    "subjectPrefix": "pipeline",
                },
                "accessRestrictions": [{ "plugin": "example" }],
            },
            { "type": "static", "options": { "token": "static-token", "subject": "static-caller" } },
        ]}),
        &[],
    );
    let key = Key::new("issuer-key");
    backend
        .net
        .put(url, 200, &json!({ "keys": [key.public()] }));
    let auth = backend.auth("example");
    let header = json!({ "alg": "ES256", "kid": "issuer-key" });
    let token = |changes: Value| {
        let mut claims =
            json!({ "iss": "https://issuer.test", "aud": "them", "sub": "build", "exp": END });
        super::change(&mut claims, changes);
        key.sign(&header, &claims)
    };
    let mut build = service("external:pipeline:build");
    build["accessRestrictions"] = json!({});
    let illegal = unauthorized("Illegal token");
    for (token, expected) in [
        (token(json!({})), &build),
        (token(json!({ "exp": null })), &build),
        (token(json!({ "aud": ["x", "us"] })), &build),
        (token(json!({ "aud": "x" })), &illegal),
        (token(json!({ "aud": "we us" })), &illegal),
        (token(json!({ "iss": "https://other.test" })), &illegal),
        (token(json!({ "iss": null })), &illegal),
        (token(json!({ "exp": NOW })), &illegal),
        (token(json!({ "sub": null })), &illegal),
        (token(json!({ "sub": "" })), &illegal),
        (
            Key::new("issuer-key").sign(
                &header,
                &json!({ "iss": "https://issuer.test", "aud": "us", "sub": "x" }),
            ),
            &illegal,
        ),
        ("static-token".to_owned(), &service("static-caller")),
    ] {
        assert_eq!(told(&auth, &token, Full).await, *expected, "{token}");
    }
    let unknown = token(json!({ "iss": "https://down.test" }));
    assert_eq!(
        told(&auth, &unknown, Full).await,
        "503 ServiceUnavailableError: The token cannot be verified at the moment"
    );
    // Remembered here, it is still nobody's business elsewhere.
    let elsewhere = told(&backend.auth("probe"), &token(json!({})), Full).await;
    assert_eq!(
        elsewhere,
        "403 NotAllowedError: This token's access is restricted to plugin(s) 'example'"
    );
}

/// Lets in whoever says the office's word.
#[derive(Default)]
struct Badges {
    asked: Arc<AtomicUsize>,
}

struct Office {
    word: String,
    asked: Arc<AtomicUsize>,
}

impl ExternalTokenHandler for Badges {
    fn kind(&self) -> &str {
        "badge"
    }

    fn configure(&self, options: &Config) -> Result<Arc<dyn ExternalTokenVerifier>, BoxError> {
        Ok(Arc::new(Office {
            word: options.get("word")?,
            asked: Arc::clone(&self.asked),
        }))
    }
}

#[async_trait]
impl ExternalTokenVerifier for Office {
    async fn verify(&self, token: &str) -> Result<Option<String>, BoxError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match token {
            "closed" => Err("the office is closed".into()),
            token if token == self.word => Ok(Some("badge:holder".to_owned())),
            _ => Ok(None),
        }
    }
}

/// Says that it is of a type that another is of.
struct Impostor(&'static str);

impl ExternalTokenHandler for Impostor {
    fn kind(&self) -> &str {
        self.0
    }

    fn configure(&self, _: &Config) -> Result<Arc<dyn ExternalTokenVerifier>, BoxError> {
        Err("it is not asked".into())
    }
}

#[test]
fn two_handlers_of_one_type_are_a_mistake() {
    let told = |kind: &'static str| {
        let handlers: [Arc<dyn ExternalTokenHandler>; 2] =
            [Arc::new(Badges::default()), Arc::new(Impostor(kind))];
        let access = ExternalAccess::new(&[], &handlers);
        access.err().map(|error| error.to_string())
    };
    assert_eq!(told("pass"), None);
    let twice = told("badge").expect("both are of the type");
    for part in [
        "`badge`",
        "Badges`",
        "Impostor`",
        "ExternalTokenHandler::kind",
    ] {
        assert!(twice.contains(part), "{part}: {twice}");
    }
    for kind in ["static", "legacy", "jwks"] {
        let told = told(kind).expect("the type is the framework's");
        for part in [&*format!("`{kind}`"), "Impostor`", "the framework"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}

#[tokio::test]
async fn a_program_brings_types_of_its_own() {
    let badges = Badges::default();
    let asked = Arc::clone(&badges.asked);
    let handlers: [Arc<dyn ExternalTokenHandler>; 1] = [Arc::new(badges)];
    let entry = |word: &str| json!({ "type": "badge", "options": { "word": word } });
    let access = json!({ "externalAccess": [entry("friend"), entry("mellon")] });
    let backend = Backend::with(access, &handlers);
    let auth = backend.auth("example");
    assert_eq!(told(&auth, "mellon", Full).await, service("badge:holder"));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(
        told(&auth, "enemy", Full).await,
        unauthorized("Illegal token")
    );
    let error = auth
        .authenticate("closed", Full)
        .await
        .expect_err("it is closed");
    assert_eq!(
        refusal(error),
        "503 ServiceUnavailableError: The token cannot be verified at the moment"
    );
}
