//! Keys for one run: the two that the backend signs with, and one that it does not know.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::KeyPair;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

/// A pair of keys for ES256.
pub struct Keys {
    pair: KeyPair,
    signing: EcdsaKeyPair,
}

impl Keys {
    pub fn make() -> Self {
        let pair = KeyPair::generate().expect("a key can be made");
        let signing = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pair.serialize_der(),
            &SystemRandom::new(),
        );
        let signing = signing.expect("both libraries mean the same by P-256");
        Self { pair, signing }
    }

    /// Writes `<name>.key.pem` and `<name>.pub.pem`.
    pub fn write(&self, directory: &Path, name: &str) {
        let files = [
            ("key", self.pair.serialize_pem()),
            ("pub", self.public_pem()),
        ];
        for (kind, pem) in files {
            fs::write(directory.join(format!("{name}.{kind}.pem")), pem)
                .expect("a file can be written");
        }
    }

    pub fn public_pem(&self) -> String {
        self.pair.public_key_pem()
    }

    /// The signature of a message, in base64.
    pub fn sign(&self, message: &str) -> String {
        let signature = self.signing.sign(&SystemRandom::new(), message.as_bytes());
        URL_SAFE_NO_PAD.encode(signature.expect("there is randomness"))
    }

    /// The public key as a point that is not compressed: a byte that says so, then the two coordinates.
    pub fn public_point(&self) -> &[u8] {
        self.pair.public_key_raw()
    }

    /// The members `x` and `y` of the public key as a JWK.
    pub fn coordinates(&self) -> (String, String) {
        let (x, y) = self.public_point()[1..].split_at(32);
        (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
    }
}

/// All keys of a run.
pub struct KeyRing {
    pub user: Keys,
    pub plugin: Keys,
    pub other: Keys,
}

impl KeyRing {
    pub fn make() -> Self {
        Self {
            user: Keys::make(),
            plugin: Keys::make(),
            other: Keys::make(),
        }
    }

    /// Writes them into the folder `keys` of this directory.
    pub fn write(&self, directory: &Path) {
        let keys = directory.join("keys");
        fs::create_dir(&keys).expect("a folder can be made");
        self.user.write(&keys, "user");
        self.plugin.write(&keys, "plugin");
        self.other.write(&keys, "other");
    }

    /// The key that a JWKS calls by this id.
    pub fn published(&self, kid: &str) -> Option<&Keys> {
        match kid {
            "user-key-1" => Some(&self.user),
            "plugin-key-1" => Some(&self.plugin),
            _ => None,
        }
    }
}
