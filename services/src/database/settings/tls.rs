//! `connection.ssl`: whether a connection is encrypted, and who is trusted.

use serde::Deserialize;

use super::Keys;
use crate::config::{Mistakes, Secret};

/// The keys of the object.
pub(super) const READ: [&str; 4] = ["ca", "cert", "key", "rejectUnauthorized"];

/// What is asked of an encrypted connection, or none.
pub(super) struct Tls {
    pub(super) on: bool,
    /// The server shows a certificate for its name by an authority that is trusted.
    pub(super) verified: bool,
    pub(super) authorities: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) key: Option<Secret<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Reads a truth value or an object. None after a mistake, none inside when nothing is written.
pub(super) fn read(keys: &Keys<'_>, key: &str, mistakes: &mut Mistakes) -> Option<Option<Tls>> {
    let config = keys.config;
    if !config.has(key) {
        return Some(None);
    }
    if config.section(key).keys().is_empty() {
        let on: bool = mistakes.take(config.get(key))?;
        return Some(Some(Tls {
            on,
            verified: true,
            authorities: None,
            certificate: None,
            key: None,
        }));
    }
    let whole = |name: &str| format!("{key}.{name}");
    let verified: Option<bool> =
        mistakes.take(config.get_optional(&whole("rejectUnauthorized")))?;
    let authorities: Option<OneOrMore> = mistakes.take(config.get_optional(&whole("ca")))?;
    let authorities = authorities.map(|texts| match texts {
        OneOrMore::One(text) => text,
        OneOrMore::More(texts) => texts.join("\n"),
    });
    for (name, text) in [("ca", authorities.as_deref())] {
        if text.is_some_and(|text| !text.contains("-----BEGIN")) {
            let message = "it must be PEM text; `{ $file: ca.pem }` reads a file";
            mistakes.take::<(), _>(Err(keys.refuse(&whole(name), message)));
            return None;
        }
    }
    Some(Some(Tls {
        on: true,
        verified: verified.unwrap_or(true),
        authorities,
        certificate: mistakes.take(config.get_optional(&whole("cert")))?,
        key: mistakes.take(config.get_optional(&whole("key")))?,
    }))
}
