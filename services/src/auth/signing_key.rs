//! A key that signs tokens of a plugin: ECDSA on P-256, `ES256`.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::elliptic_curve::rand_core::{OsRng, RngCore as _};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::pkcs8::EncodePrivateKey as _;
use p256::{PublicKey as Point, SecretKey};
use serde::Serialize;
use serde_json::json;

use super::PublicKey;

/// A private key with its id, and the public key to publish.
pub(super) struct SigningKey {
    id: String,
    key: EncodingKey,
    public: PublicKey,
}

impl SigningKey {
    /// A new key with an id that nobody else has.
    pub(super) fn generate() -> Self {
        let mut id = [0; 16];
        OsRng.fill_bytes(&mut id);
        let key = SecretKey::random(&mut OsRng);
        Self::new(BASE64.encode(id), &key).expect("a new key can be encoded")
    }

    /// A key that somebody else made; none if it cannot be encoded.
    pub(super) fn new(id: String, key: &SecretKey) -> Option<Self> {
        let encoded = key.to_pkcs8_der().ok()?;
        Some(Self {
            public: published(&id, &key.public_key())?,
            key: EncodingKey::from_ec_der(encoded.as_bytes()),
            id,
        })
    }

    /// The public key.
    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A token of this kind with these claims.
    pub(super) fn sign(
        &self,
        kind: &str,
        claims: &impl Serialize,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.key)
    }
}

/// A public key in the form of RFC 7517.
pub(super) fn published(id: &str, key: &Point) -> Option<PublicKey> {
    let point = key.to_encoded_point(false);
    let key = json!({
        "kty": "EC",
        "x": BASE64.encode(point.x()?),
        "y": BASE64.encode(point.y()?),
        "crv": "P-256",
        "kid": id,
        "alg": "ES256",
    });
    key.as_object().cloned()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
