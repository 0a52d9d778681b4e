//! Keys that the configuration names, for tokens of plugins and of users.
//!
//! The anchor's configuration has paths of PEM files here, so this is the one place beside the configuration service
//! that opens files: a configuration that serves both has to mean the same to both.

use std::fs;
use std::sync::Arc;

use p256::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use p256::{PublicKey as Point, SecretKey};
use serde_json::{Value, json};

use crate::auth::key_store::StaticKey;
use crate::auth::signing_key::{SigningKey, published};
use crate::config::{Config, ConfigError, Mistakes};

/// The keys that are listed under this key of the configuration.
pub(super) fn read(config: &Config, key: &str, mistakes: &mut Mistakes) -> Vec<StaticKey> {
    let sections = mistakes.take(config.sections(key));
    let sections = sections.unwrap_or_default();
    if sections.is_empty() {
        let message = "it must name at least one key, because the key store is `static`";
        mistakes.take::<(), _>(Err(config.refusal(key, message)));
    }
    let mut keys = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let key = mistakes.take(one(section)).flatten();
        if index == 0 && key.as_ref().is_some_and(|key| key.private.is_none()) {
            let message = "the first key signs, so it needs a private half";
            mistakes.take::<(), _>(Err(section.refusal("privateKeyFile", message)));
        }
        keys.extend(key);
    }
    keys
}

/// One key; none if what is wrong with it is told elsewhere.
fn one(section: &Config) -> Result<Option<StaticKey>, ConfigError> {
    let id: String = section.get("keyId")?;
    let algorithm: Option<String> = section.get_optional("algorithm")?;
    if algorithm.is_some_and(|algorithm| algorithm != "ES256") {
        return Err(section.refusal("algorithm", "it must be `ES256`"));
    }
    let refused = |key, what| {
        section.refusal(
            key,
            format!("the file must hold {what} on the curve P-256, in PEM"),
        )
    };
    let text = pem(section, "publicKeyFile")?;
    let public = text.as_deref().map(Point::from_public_key_pem);
    let Some(Ok(public)) = public else {
        return Err(refused("publicKeyFile", "a public key (SPKI)"));
    };
    let private = match pem(section, "privateKeyFile")? {
        None => None,
        Some(text) => {
            let private = SecretKey::from_pkcs8_pem(&text);
            Some(private.map_err(|_| refused("privateKeyFile", "a private key (PKCS#8)"))?)
        }
    };
    if private
        .as_ref()
        .is_some_and(|private| private.public_key() != public)
    {
        let message = "it is not the private half of the key in `publicKeyFile`";
        return Err(section.refusal("privateKeyFile", message));
    }
    let signing = private.and_then(|private| SigningKey::new(id.clone(), &private));
    Ok(published(&id, &public).map(|public| StaticKey {
        public,
        private: signing.map(Arc::new),
    }))
}

/// The text of the file that a key names. Relative paths start in the working directory, as the anchor's do.
fn pem(section: &Config, key: &str) -> Result<Option<String>, ConfigError> {
    let Some(name) = section.get_optional::<String>(key)? else {
        return Ok(None);
    };
    let read = fs::read_to_string(section.directory().join(name));
    let text = read.map_err(|error| {
        section.refusal(key, format!("the file cannot be read: {}", error.kind()))
    })?;
    Ok(Some(text))
}

/// The schema of such a list.
pub(super) fn schema() -> Value {
    json!({ "type": "array", "minItems": 1, "items": {
        "type": "object",
        "properties": {
            "publicKeyFile": { "type": "string" },
            "privateKeyFile": { "type": "string" },
            "keyId": { "type": "string" },
            "algorithm": { "const": "ES256" },
        },
        "required": ["publicKeyFile", "keyId"],
    }})
}
