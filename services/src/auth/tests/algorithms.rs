//! The algorithms by which an issuer of tokens for callers from outside may sign.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SignatureAlgorithm};
use serde_json::{Value, json};

use super::{Backend, END, token, told, unauthorized};
use crate::auth::TokenAccess::Full;

const URL: &str = "https://issuer.test/keys";

/// A key that signs by this algorithm. Making one for RSA takes too long, so that one is at hand.
fn key(algorithm: Algorithm) -> EncodingKey {
    let made = |by: &'static SignatureAlgorithm| {
        KeyPair::generate_for(by)
            .expect("a key can be made")
            .serialize_der()
    };
    match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(&made(&PKCS_ECDSA_P256_SHA256)),
        Algorithm::ES384 => EncodingKey::from_ec_der(&made(&PKCS_ECDSA_P384_SHA384)),
        Algorithm::EdDSA => EncodingKey::from_ed_der(&ed25519()),
        _ => EncodingKey::from_rsa_der(include_bytes!("issuer-rsa.der")),
    }
}

/// A private key as RFC 8410 writes it, without the public one, which not everybody reads.
fn ed25519() -> Vec<u8> {
    let start = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    [&start[..], &[7; 32]].concat()
}

fn published(key: &EncodingKey, algorithm: Algorithm) -> Value {
    let key = Jwk::from_encoding_key(key, algorithm).expect("the key is of the algorithm");
    let mut key = serde_json::to_value(key).expect("it is JSON");
    key["kid"] = json!("issuer-key");
    key
}

/// A backend that lets in who shows a token of the issuer, signed by one of these algorithms or by any.
fn backend(accepted: &[&str]) -> Backend {
    let options = json!({ "url": URL, "algorithm": accepted });
    Backend::with(
        json!({ "externalAccess": [{ "type": "jwks", "options": options }] }),
        &[],
    )
}

#[tokio::test]
async fn every_algorithm_that_can_be_configured_is_verified() {
    let algorithms = [
        (Algorithm::ES256, "ES256"),
        (Algorithm::ES384, "ES384"),
        (Algorithm::RS256, "RS256"),
        (Algorithm::RS384, "RS384"),
        (Algorithm::RS512, "RS512"),
        (Algorithm::PS256, "PS256"),
        (Algorithm::PS384, "PS384"),
        (Algorithm::PS512, "PS512"),
        (Algorithm::EdDSA, "EdDSA"),
    ];
    for (algorithm, name) in algorithms {
        let others: Vec<_> = algorithms
            .iter()
            .map(|(_, name)| *name)
            .filter(|other| *other != name)
            .collect();
        for (accepted, counts) in [(vec![], true), (vec![name], true), (others, false)] {
            let backend = backend(&accepted);
            let key = key(algorithm);
            let keys = json!({ "keys": [published(&key, algorithm)] });
            backend.net.put(URL, 200, &keys);
            let header = json!({ "alg": name, "kid": "issuer-key" });
            let claims = json!({ "sub": "build", "exp": END });
            let token = token(&header, &claims, &key, algorithm);
            let told = told(&backend.auth("example"), &token, Full).await;
            let expected = match counts {
                true => json!({ "type": "service", "subject": "external:build" }),
                false => unauthorized("Illegal token"),
            };
            assert_eq!(told, expected, "{name} among {accepted:?}");
        }
    }
}

/// The library that verifies takes the first 32 bytes of such a key, without asking whether it has as many.
#[tokio::test]
async fn a_key_that_is_too_short_is_no_key() {
    let backend = backend(&[]);
    let short =
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "issuer-key", "x": "AAAA" });
    backend.net.put(URL, 200, &json!({ "keys": [short] }));
    let header = json!({ "alg": "EdDSA", "kid": "issuer-key" });
    let key = key(Algorithm::EdDSA);
    let token = token(
        &header,
        &json!({ "sub": "build", "exp": END }),
        &key,
        Algorithm::EdDSA,
    );
    let told = told(&backend.auth("example"), &token, Full).await;
    assert_eq!(told, unauthorized("Illegal token"));
}
