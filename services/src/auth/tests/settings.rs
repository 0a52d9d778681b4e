//! What the configuration may say, and how it is told when it says something else.

use std::fs;
use std::sync::Arc;

use greenroom_di_core::BoxError;
use p256::SecretKey;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use serde_json::{Value, json};

use super::{Net, Time};
use crate::auth::RootAuth;
use crate::auth::settings::AuthSettings;
use crate::config::{Config, ConfigSchema, Environment, FromConfig as _};

fn mistakes(auth: Value) -> Vec<String> {
    let config = Config::from_json(json!({ "backend": { "auth": auth } }));
    let read = AuthSettings::from_config(&config).err().unwrap_or_default();
    read.iter().map(ToString::to_string).collect()
}

fn one(auth: Value) -> String {
    let mut told = mistakes(auth);
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

#[test]
fn every_mistake_is_told_by_its_key_and_without_secrets() {
    let told = mistakes(json!({
        "externalAccess": [
            { "type": "static", "options": { "token": "hunter2", "subject": "a" } },
            { "type": "static", "options": { "token": "hunter2 hunter2", "subject": "a" } },
            { "type": "static", "options": { "token": "hunter2-hunter2", "subject": "a b" } },
            { "type": "static", "options": { "token": "hunter2-hunter2" } },
            { "type": "legacy", "options": { "secret": "hunter2!", "subject": "a" } },
            { "type": "jwks", "options": { "url": "issuer.test" } },
            { "type": "jwks", "options": { "url": "https://issuer.test", "algorithm": ["ES256", "HS256"] } },
            { "options": {} },
            { "type": "jwks", "options": { "url": "https://issuer.test", "audience": " ," } },
        ],
        "keys": [{ "secret": "" }, { "secret": "c2VjcmV0", "accessRestrictions": [] }],
        "pluginKeyStore": { "type": "file" },
    }));
    let access = |rest: &str| format!("`backend.auth.externalAccess[{rest}`");
    let keys = [
        "`backend.auth.pluginKeyStore.type`".to_owned(),
        access("0].options.token"),
        access("1].options.token"),
        access("2].options.subject"),
        access("3].options.subject"),
        access("4].options.secret"),
        access("5].options.url"),
        access("6].options.algorithm"),
        access("7].type"),
        access("8].options.audience"),
        "`backend.auth.keys[0].secret`".to_owned(),
        "`backend.auth.keys[1].accessRestrictions`".to_owned(),
    ];
    assert_eq!(told.len(), keys.len(), "{told:#?}");
    for (told, key) in told.iter().zip(keys) {
        assert!(told.contains(&key), "{key}: {told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert!(told[1].contains("at least 8 characters"), "{told:?}");
}

#[test]
fn a_restriction_that_would_not_hold_is_a_mistake() {
    let restricted = |restrictions: Value| {
        one(json!({ "externalAccess": [{
            "type": "static",
            "options": { "token": "static-token", "subject": "a" },
            "accessRestrictions": restrictions,
        }]}))
    };
    let at = "`backend.auth.externalAccess[0].accessRestrictions";
    for (restrictions, key) in [
        (json!([]), "`"),
        (json!({ "plugin": "a" }), "`"),
        (json!([{ "permission": "a" }]), "[0].plugin`"),
        (json!([{ "plugin": "a", "oops": "b" }]), "[0].oops`"),
        (json!([{ "plugin": "a" }, { "plugin": "a" }]), "[1].plugin`"),
        (
            json!([{ "plugin": "a", "permissionAttribute": { "oops": "read" } }]),
            "[0].permissionAttribute.oops`",
        ),
        (
            json!([{ "plugin": "a", "permissionAttribute": { "action": "read write" } }]),
            "[0].permissionAttribute.action`",
        ),
    ] {
        let told = restricted(restrictions.clone());
        assert!(
            told.contains(&format!("{at}{key}")),
            "{restrictions}: {told}"
        );
    }
}

#[test]
fn a_type_that_nobody_handles_is_told_with_those_there_are() {
    let config = json!({ "backend": { "auth": { "externalAccess": [{ "type": "magic" }] } } });
    let settings = AuthSettings::from_config(&Config::from_json(config));
    let settings = settings.expect("a handler might know it");
    let clock = Time::at(std::time::UNIX_EPOCH).clock();
    let root = RootAuth::new(
        &settings,
        Arc::new(Net::default()),
        &[],
        clock,
        Arc::default(),
    );
    let told = root
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        told.contains("`backend.auth.externalAccess[0].type`"),
        "{told}"
    );
    assert!(
        told.contains("`magic`") && told.contains("`static`, `legacy`, `jwks`"),
        "{told}"
    );
}

/// Files of two pairs of keys.
fn files() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for name in ["one", "two"] {
        let key = SecretKey::random(&mut OsRng);
        let private = key
            .to_pkcs8_pem(LineEnding::LF)
            .expect("a key can be encoded");
        let public = key.public_key().to_public_key_pem(LineEnding::LF);
        let write = |suffix: &str, text: &str| {
            let path = directory.path().join(format!("{name}.{suffix}.pem"));
            fs::write(path, text).expect("it can be written");
        };
        write("key", &private);
        write("pub", &public.expect("a key can be encoded"));
    }
    directory
}

fn with_files(keys: Value) -> Result<AuthSettings, Vec<BoxError>> {
    let directory = files();
    let store = json!({ "type": "static", "static": { "keys": keys } });
    let config = json!({ "backend": { "auth": { "pluginKeyStore": store } } });
    let environment = Environment::new(directory.path());
    AuthSettings::from_config(&Config::from_json(config).with_environment(environment))
}

#[test]
fn a_static_key_that_cannot_be_used_is_told_by_its_file() {
    let key = |public: &str, private: &str| json!([{ "publicKeyFile": public, "privateKeyFile": private, "keyId": "a" }]);
    for (keys, wrong) in [
        (json!([]), "keys`"),
        (
            json!([{ "publicKeyFile": "one.pub.pem", "keyId": "a" }]),
            "keys[0].privateKeyFile`",
        ),
        (
            json!([{ "publicKeyFile": "one.pub.pem" }]),
            "keys[0].keyId`",
        ),
        (key("none.pem", "one.key.pem"), "keys[0].publicKeyFile`"),
        (key("one.key.pem", "one.key.pem"), "keys[0].publicKeyFile`"),
        (key("one.pub.pem", "one.pub.pem"), "keys[0].privateKeyFile`"),
        (key("one.pub.pem", "two.key.pem"), "keys[0].privateKeyFile`"),
        (
            json!([{ "publicKeyFile": "one.pub.pem", "keyId": "a", "algorithm": "RS256" }]),
            "keys[0].algorithm`",
        ),
    ] {
        let told = with_files(keys.clone()).expect_err("it cannot be used");
        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
        let expected = format!("`backend.auth.pluginKeyStore.static.{wrong}");
        assert!(
            told.len() == 1 && told[0].contains(&expected),
            "{keys}: {told:?}"
        );
    }
}

#[tokio::test]
async fn the_first_static_key_signs_and_all_are_published() {
    let settings = with_files(json!([
        { "publicKeyFile": "one.pub.pem", "privateKeyFile": "one.key.pem", "keyId": "a", "algorithm": "ES256" },
        { "publicKeyFile": "two.pub.pem", "keyId": "b" },
    ]));
    let settings = settings.unwrap_or_else(|told| panic!("{told:?}"));
    assert!(!format!("{settings:?}").contains("PRIVATE"));
    let mut backend = super::Backend::new();
    let client = Arc::new(backend.net.clone());
    let root = RootAuth::new(&settings, client, &[], backend.time.clock(), Arc::default());
    backend.root = Arc::new(root.expect("the keys can be used"));
    let (example, probe) = (backend.auth("example"), backend.auth("probe"));
    let keys = probe
        .list_public_service_keys()
        .await
        .expect("they are there");
    assert_eq!(
        (keys[0]["kid"].as_str(), keys[1]["kid"].as_str()),
        (Some("a"), Some("b"))
    );
    let own = probe.own_service_credentials().into_any();
    let token = probe.plugin_request_token(&own, "example").await;
    let token = token.expect("it can issue").expect("it does");
    let seen = super::told(&example, token.expose(), crate::auth::TokenAccess::Full).await;
    assert_eq!(seen["subject"], "plugin:probe");
}

#[test]
fn secrets_are_described_as_such() {
    let mut schema = ConfigSchema::new();
    AuthSettings::describe(&mut schema);
    let schema = schema.finish();
    for secret in [
        "/externalAccess/items/properties/options/properties/token",
        "/externalAccess/items/properties/options/properties/secret",
        "/keys/items/properties/secret",
    ] {
        let path = format!("/properties/backend/properties/auth/properties{secret}/writeOnly");
        assert_eq!(schema.pointer(&path), Some(&json!(true)), "{secret}");
    }
}
