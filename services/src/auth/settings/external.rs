//! `backend.auth.externalAccess`: callers from outside, and how each proves who it is.
//!
//! Types that are not known here belong to handlers that a program brings, and are judged where those are at hand.

use std::str::FromStr as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use jsonwebtoken::{Algorithm, AlgorithmFamily};
use serde_json::json;
use url::Url;

use super::restrictions::{self, Words};
use crate::auth::reach::Reach;
use crate::config::{Config, ConfigError, ConfigSchema, Mistakes, Secret};

pub(in crate::auth) const ACCESS: &str = "backend.auth.externalAccess";
/// The types that are known here.
pub(in crate::auth) const BUILT_IN: [&str; 3] = ["static", "legacy", "jwks"];

const OLD_KEYS: &str = "backend.auth.keys";

/// Who calls by one of the old keys.
const OLD_SUBJECT: &str = "external:backstage-plugin";

/// A token of fewer characters could be guessed.
const SHORTEST_TOKEN: usize = 8;

/// Base 64 of either alphabet, once `+` and `/` are replaced, with or without its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A way for callers from outside.
#[derive(Clone, Debug)]
pub(in crate::auth) struct ExternalEntry {
    /// Where it was written, for messages.
    pub(in crate::auth) section: Config,
    pub(in crate::auth) kind: ExternalKind,
    /// What they may reach, if that is not everything.
    pub(in crate::auth) reach: Option<Arc<Reach>>,
}

/// How they prove who they are.
#[derive(Clone, Debug)]
pub(in crate::auth) enum ExternalKind {
    /// By a token that both know.
    Static {
        token: Secret<String>,
        subject: String,
    },
    /// By a token of an old Backstage, signed by a secret that both know.
    Legacy {
        secret: Secret<Vec<u8>>,
        subject: String,
    },
    /// By a token of an issuer who publishes keys.
    Jwks(JwksOptions),
    /// By a handler of this type that the program brings.
    Custom(String),
}

/// Which tokens of an issuer count.
#[derive(Clone, Debug)]
pub(in crate::auth) struct JwksOptions {
    pub(in crate::auth) url: Url,
    /// Any that fits the key, if empty; likewise any issuer and any audience.
    pub(in crate::auth) algorithms: Vec<Algorithm>,
    pub(in crate::auth) issuers: Vec<String>,
    pub(in crate::auth) audiences: Vec<String>,
    pub(in crate::auth) subject_prefix: Option<String>,
}

pub(super) fn read(config: &Config, mistakes: &mut Mistakes) -> Vec<ExternalEntry> {
    let mut all = Vec::new();
    for section in mistakes.take(config.sections(ACCESS)).unwrap_or_default() {
        let kind = mistakes.take(kind(&section));
        let reach = restrictions::read(&section, mistakes);
        all.extend(kind.map(|kind| ExternalEntry {
            section,
            kind,
            reach: reach.map(Arc::new),
        }));
    }
    for section in mistakes.take(config.sections(OLD_KEYS)).unwrap_or_default() {
        let secret = mistakes.take(secret(&section, "secret"));
        let reach = restrictions::read(&section, mistakes);
        all.extend(secret.map(|secret| ExternalEntry {
            section,
            kind: ExternalKind::Legacy {
                secret,
                subject: OLD_SUBJECT.to_owned(),
            },
            reach: reach.map(Arc::new),
        }));
    }
    all
}

fn kind(section: &Config) -> Result<ExternalKind, ConfigError> {
    let kind: String = section.get("type")?;
    Ok(match kind.as_str() {
        "static" => ExternalKind::Static {
            token: token(section)?,
            subject: subject(section)?,
        },
        "legacy" => ExternalKind::Legacy {
            secret: secret(section, "options.secret")?,
            subject: subject(section)?,
        },
        "jwks" => ExternalKind::Jwks(jwks(section)?),
        _ => ExternalKind::Custom(kind),
    })
}

fn token(section: &Config) -> Result<Secret<String>, ConfigError> {
    let key = "options.token";
    let token: Secret<String> = section.get(key)?;
    if token.expose().chars().any(char::is_whitespace) {
        return Err(section.refusal(key, "it must be without white space"));
    }
    if token.expose().chars().count() < SHORTEST_TOKEN {
        let message = format!("it must have at least {SHORTEST_TOKEN} characters");
        return Err(section.refusal(key, message));
    }
    Ok(token)
}

fn subject(section: &Config) -> Result<String, ConfigError> {
    let key = "options.subject";
    let subject: String = section.get(key)?;
    if subject.chars().any(char::is_whitespace) {
        return Err(section.refusal(key, "it must be without white space"));
    }
    Ok(subject)
}

fn secret(section: &Config, key: &str) -> Result<Secret<Vec<u8>>, ConfigError> {
    let text: Secret<String> = section.get(key)?;
    let text = text.expose().trim().replace('+', "-").replace('/', "_");
    match LENIENT.decode(text) {
        Ok(secret) if !secret.is_empty() => Ok(Secret::new(secret)),
        _ => Err(section.refusal(key, "it must be a secret in base 64")),
    }
}

fn jwks(section: &Config) -> Result<JwksOptions, ConfigError> {
    let many = |key: &str| -> Result<Vec<String>, ConfigError> {
        let key = format!("options.{key}");
        let words: Vec<String> = match section.get_optional(&key)? {
            None => return Ok(Vec::new()),
            Some(Words::Many(none)) if none.is_empty() => return Ok(none),
            Some(words) => words.split(),
        };
        if words.is_empty() {
            let message = "it must have a word in it; leave the key out if any will do";
            return Err(section.refusal(&key, message));
        }
        Ok(words)
    };
    let url: String = section.get("options.url")?;
    let url = Url::parse(&url).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| {
        section.refusal(
            "options.url",
            "it must be a URL such as `https://issuer.example.com/jwks.json`",
        )
    })?;
    let mut algorithms = Vec::new();
    for name in many("algorithm")? {
        let algorithm = Algorithm::from_str(&name).ok();
        // A secret cannot be published, so no key of theirs verifies one of these.
        let algorithm = algorithm.filter(|it| it.family() != AlgorithmFamily::Hmac);
        algorithms.push(algorithm.ok_or_else(|| {
            section.refusal(
                "options.algorithm",
                "it must be one or more of ES256, ES384, RS256, RS384, RS512, PS256, PS384, PS512 and EdDSA",
            )
        })?);
    }
    Ok(JwksOptions {
        url,
        algorithms,
        issuers: many("issuer")?,
        audiences: many("audience")?,
        subject_prefix: section.get_optional("options.subjectPrefix")?,
    })
}

pub(super) fn describe(schema: &mut ConfigSchema) {
    let secret = || json!({ "type": "string", "writeOnly": true });
    let words = || {
        json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ]})
    };
    let restrictions = || {
        json!({ "type": "array", "minItems": 1, "items": {
            "type": "object",
            "properties": {
                "plugin": { "type": "string" },
                "permission": words(),
                "permissionAttribute": { "type": "object", "properties": { "action": words() } },
            },
            "required": ["plugin"],
        }})
    };
    schema.add_schema(
        ACCESS,
        json!({ "type": "array", "items": {
            "type": "object",
            "properties": {
                "type": { "type": "string" },
                "options": { "type": "object", "properties": {
                    "token": secret(),
                    "secret": secret(),
                    "subject": { "type": "string" },
                    "url": { "type": "string" },
                    "algorithm": words(),
                    "issuer": words(),
                    "audience": words(),
                    "subjectPrefix": { "type": "string" },
                }},
                "accessRestrictions": restrictions(),
            },
            "required": ["type"],
        }}),
        "Callers from outside: how each proves who it is, and what it may do.",
    );
    schema.add_schema(
        OLD_KEYS,
        json!({ "type": "array", "items": {
            "type": "object",
            "properties": { "secret": secret(), "accessRestrictions": restrictions() },
            "required": ["secret"],
        }}),
        "Secrets of old callers; write external access of type `legacy` instead.",
    );
}
