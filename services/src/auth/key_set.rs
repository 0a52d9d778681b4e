//! The public keys of an issuer, as RFC 7517 writes them, and which of them a token asks for.
//!
//! A key proves only what it was made for: its kind decides which algorithms it can be used with, never the token
//! alone. A secret (`oct`) in a set of public keys is no key at all.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::jwt::{Claims, Reason, Unverified};

/// Nobody has more keys than these; the rest of a longer set is not looked at.
const MOST_KEYS: usize = 100;

/// The keys of one issuer.
pub(super) struct KeySet(Vec<VerifyingKey>);

struct VerifyingKey {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// Why no key fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The id is not among them; it may be by now, where they come from.
    Unknown,
    /// There is one of this id, or too many, but none can be used.
    Unfit(Reason),
}

/// The form of a published set.
#[derive(Deserialize)]
pub(super) struct Published {
    pub(super) keys: Vec<Value>,
}

impl KeySet {
    /// The keys that can be used; others are left out, as RFC 7517 asks.
    pub(super) fn of(published: Vec<Value>) -> Self {
        let keys = published.into_iter().take(MOST_KEYS);
        Self(keys.filter_map(VerifyingKey::of).collect())
    }

    /// The claims of a token that one of these keys has signed. That an unknown key may be a new one is of no
    /// account here: these are all that there are.
    pub(super) fn verify(
        &self,
        token: &Unverified<'_>,
        algorithm: Algorithm,
    ) -> Result<Claims, Reason> {
        let key = self.select(token.header.kid.as_deref(), algorithm);
        let key = key.map_err(|none| match none {
            NoKey::Unknown => "its key is not known",
            NoKey::Unfit(reason) => reason,
        })?;
        token.verify(key, algorithm)
    }

    /// Whether there is a key with this id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// The one key for a token with this header.
    pub(super) fn select(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&DecodingKey, NoKey> {
        let named = || {
            let keys = self.0.iter();
            keys.filter(move |key| id.is_none() || key.id.as_deref() == id)
        };
        if named().next().is_none() {
            return Err(NoKey::Unknown);
        }
        let mut fitting = named().filter(|key| key.algorithms.contains(&algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Ok(&only.key),
            (Some(_), Some(_)) => Err(NoKey::Unfit("more than one key could be meant")),
            (None, _) => Err(NoKey::Unfit("its algorithm is not that of its key")),
        }
    }
}

impl VerifyingKey {
    fn of(published: Value) -> Option<Self> {
        let key: Jwk = serde_json::from_value(published).ok()?;
        if matches!(key.common.public_key_use, Some(ref usage) if *usage != PublicKeyUse::Signature)
        {
            return None;
        }
        let operations = key.common.key_operations.as_ref();
        if operations.is_some_and(|allowed| !allowed.contains(&KeyOperations::Verify)) {
            return None;
        }
        let mut algorithms = algorithms_of(&key.algorithm).to_vec();
        if let Some(only) = key.common.key_algorithm {
            let only = only.to_string();
            algorithms.retain(|algorithm| format!("{algorithm:?}") == only);
        }
        if algorithms.is_empty() {
            return None;
        }
        Some(Self {
            algorithms,
            key: DecodingKey::from_jwk(&key).ok()?,
            id: key.common.key_id,
        })
    }
}

fn is_ed25519(point: &str) -> bool {
    BASE64.decode(point).is_ok_and(|point| point.len() == 32)
}

fn algorithms_of(parameters: &AlgorithmParameters) -> &'static [Algorithm] {
    match parameters {
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => &[],
        },
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        // What is shorter would not be refused by the library but end in a panic.
        AlgorithmParameters::OctetKeyPair(key)
            if key.curve == EllipticCurve::Ed25519 && is_ed25519(&key.x) =>
        {
            &[Algorithm::EdDSA]
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::signing_key::SigningKey;

    fn set(keys: Vec<Value>) -> KeySet {
        KeySet::of(keys)
    }

    fn key(changes: Value) -> Value {
        let mut key = Value::Object(SigningKey::generate().public().clone());
        for (name, value) in changes.as_object().into_iter().flatten() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn the_id_selects_and_without_one_the_only_key_counts() {
        let one = set(vec![key(json!({ "kid": "a" }))]);
        assert!(one.select(Some("a"), Algorithm::ES256).is_ok());
        assert!(one.select(None, Algorithm::ES256).is_ok());
        assert_eq!(
            one.select(Some("b"), Algorithm::ES256).err(),
            Some(NoKey::Unknown)
        );
        let two = set(vec![key(json!({ "kid": "a" })), key(json!({ "kid": "b" }))]);
        assert!(two.select(Some("b"), Algorithm::ES256).is_ok());
        assert!(matches!(
            two.select(None, Algorithm::ES256),
            Err(NoKey::Unfit(_))
        ));
    }

    #[test]
    fn two_keys_of_one_id_are_none() {
        let colliding = set(vec![key(json!({ "kid": "a" })), key(json!({ "kid": "a" }))]);
        assert!(matches!(
            colliding.select(Some("a"), Algorithm::ES256),
            Err(NoKey::Unfit(_))
        ));
    }

    #[test]
    fn a_key_is_used_for_what_it_was_made_for_alone() {
        for unusable in [
            json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256" }),
            json!({ "kty": "unheard of", "kid": "a" }),
            json!("no key"),
            key(json!({ "kid": "a", "use": "enc" })),
            key(json!({ "kid": "a", "key_ops": ["encrypt"] })),
            key(json!({ "kid": "a", "alg": "RS256" })),
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AAAA" }),
            json!({ "kty": "OKP", "crv": "P-256", "kid": "a", "x": "A".repeat(43) }),
        ] {
            let keys = set(vec![unusable.clone()]);
            let selected = keys.select(Some("a"), Algorithm::ES256);
            assert_eq!(selected.err(), Some(NoKey::Unknown), "{unusable}");
        }
        let keys = set(vec![key(json!({ "kid": "a", "use": "sig" }))]);
        assert!(keys.select(Some("a"), Algorithm::ES256).is_ok());
        for other in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES384] {
            assert!(keys.select(Some("a"), other).is_err());
        }
    }
}
