//! `backend.auth.pluginKeyStore`: by which keys plugin tokens are signed.
//!
//! The anchor's configuration has paths of PEM files here, so this is the one place beside the configuration service
//! that opens files: a configuration that serves both has to mean the same to both.

use std::fs;
use std::sync::Arc;

use p256::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use p256::{PublicKey as Point, SecretKey};
use serde::Deserialize;
use serde_json::json;

use crate::auth::key_store::StaticKey;
use crate::auth::signing_key::{SigningKey, published};
use crate::config::{Config, ConfigError, ConfigSchema, Mistakes};

const TYPE: &str = "backend.auth.pluginKeyStore.type";
const KEYS: &str = "backend.auth.pluginKeyStore.static.keys";

/// Where the keys come from.
#[derive(Clone, Debug)]
pub(in crate::auth) enum PluginKeys {
    /// Each process makes its own.
    Made,
    /// The configuration names them; the first signs.
    Static(Vec<StaticKey>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Database,
    Static,
}

pub(super) fn read(config: &Config, mistakes: &mut Mistakes) -> PluginKeys {
    let kind: Option<Type> = mistakes.take(config.get_optional(TYPE)).flatten();
    let Type::Static = kind.unwrap_or(Type::Database) else {
        return PluginKeys::Made;
    };
    let sections = mistakes.take(config.sections(KEYS));
    let sections = sections.unwrap_or_default();
    if sections.is_empty() {
        let message =
            "it must name at least one key, because the type of the key store is `static`";
        mistakes.take::<(), _>(Err(config.refusal(KEYS, message)));
    }
    let mut keys = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let key = mistakes.take(key(section)).flatten();
        if index == 0 && key.as_ref().is_some_and(|key| key.private.is_none()) {
            let message = "the first key signs, so it needs a private half";
            mistakes.take::<(), _>(Err(section.refusal("privateKeyFile", message)));
        }
        keys.extend(key);
    }
    PluginKeys::Static(keys)
}

/// One key; none if what is wrong with it is told elsewhere.
fn key(section: &Config) -> Result<Option<StaticKey>, ConfigError> {
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

pub(super) fn describe(schema: &mut ConfigSchema) {
    schema.add_schema(
        TYPE,
        json!({ "enum": ["database", "static"] }),
        "Where the keys of plugin tokens come from.",
    );
    schema.add_schema(
        KEYS,
        json!({ "type": "array", "minItems": 1, "items": {
            "type": "object",
            "properties": {
                "publicKeyFile": { "type": "string" },
                "privateKeyFile": { "type": "string" },
                "keyId": { "type": "string" },
                "algorithm": { "const": "ES256" },
            },
            "required": ["publicKeyFile", "keyId"],
        }}),
        "The keys of the type `static`, as PEM files. The first signs, all of them verify.",
    );
}
