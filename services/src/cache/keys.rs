//! The names of entries in a store, as the anchor makes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// From here on a key is replaced by its hash, so that no key is too long for a store.
const TOO_LONG: usize = 200;

/// What stands between a plugin and its keys; no key has it, for none is made of anything but base64.
const SEPARATOR: char = ':';

/// Makes the names of one plugin's entries.
#[derive(Debug)]
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    pub(super) fn new(namespace: &str, plugin: &str) -> Self {
        let prefix = format!("{namespace}{plugin}{SEPARATOR}");
        Self { prefix }
    }

    pub(super) fn entry(&self, key: &str) -> String {
        self.name("", key)
    }

    pub(super) fn tag(&self, tag: &str) -> String {
        self.name("tag:", tag)
    }

    fn name(&self, kind: &str, key: &str) -> String {
        // Four characters for three bytes, begun ones included.
        let length = key.len().div_ceil(3) * 4;
        let mut name = String::with_capacity(self.prefix.len() + kind.len() + length);
        name.push_str(&self.prefix);
        name.push_str(kind);
        if length < TOO_LONG {
            STANDARD.encode_string(key, &mut name);
        } else {
            // It is the base64 that is hashed, as the anchor does.
            STANDARD.encode_string(Sha256::digest(STANDARD.encode(key)), &mut name);
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_anchors() {
        let keys = Keys::new("", "catalog");
        assert_eq!(keys.entry("foo"), "catalog:Zm9v");
        assert_eq!(keys.tag("foo"), "catalog:tag:Zm9v");
        assert_eq!(
            Keys::new("prod:", "catalog").entry("ä"),
            "prod:catalog:w6Q="
        );
        // 147 bytes are 196 characters, 148 are 200.
        assert_eq!(keys.entry(&"x".repeat(147)).len(), 8 + 196);
        assert_eq!(
            keys.entry(&"x".repeat(148)),
            "catalog:1I3zwiIzCu1/mwJRqr2LkyApUEcnhQfECE9YmUXVDX8="
        );
    }

    #[test]
    fn no_plugin_reaches_the_keys_of_another() {
        let (a, ab) = (Keys::new("", "a"), Keys::new("", "a-b"));
        assert_ne!(a.entry("-b:x"), ab.entry("x"));
        assert_ne!(a.entry("tag:x"), a.tag("x"));
    }
}
