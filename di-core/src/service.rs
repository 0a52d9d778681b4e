//! What a service is to the container: an identity, a scope, and where it was declared.
//!
//! Identity is an id that people choose (`core.logger`) and a fingerprint of the declaration. The id
//! alone would let two copies of one crate, or one file compiled into a library and a binary, pass the
//! check and then fail at start; the Rust type alone cannot be compared in a constant on stable Rust.

use core::any::TypeId;

use crate::place::Place;

/// How many instances of a service a backend holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One for the backend. A root service can depend on root services alone.
    Root,
    /// One for each plugin that reaches it.
    Plugin,
}

/// The declaration of a service, as data.
#[derive(Clone, Copy, Debug)]
pub struct ServiceMeta {
    /// The id that people know the service by: `core.logger`.
    pub id: &'static str,
    /// A hash of the id: what the graph compares.
    pub key: u64,
    /// A hash of the declaration's module, crate version, target and name: equal ids with unequal
    /// fingerprints are two declarations.
    pub fingerprint: u64,
    /// How many instances there are.
    pub scope: Scope,
    /// Whether its factory may not be replaced.
    pub sealed: bool,
    /// The service as a dependant writes it: `dyn LoggerService`.
    pub type_name: &'static str,
    /// The path of the factory that usually provides it, for the help of an error.
    pub provided_by: Option<&'static str>,
    /// The module that declares it.
    pub module: &'static str,
    /// Where it is declared.
    pub place: Place,
    /// The Rust type, for the one comparison at start that backs the compile-time check.
    pub type_id: fn() -> TypeId,
}

impl ServiceMeta {
    /// The same declaration, as far as a constant can tell.
    pub(crate) const fn is(&self, other: &ServiceMeta) -> bool {
        self.key == other.key && self.fingerprint == other.fingerprint
    }
}

/// A type that stands for a service: `dyn Trait` or a struct.
///
/// Implemented by `#[service]`, which writes the description down.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "no `#[service]` declares this",
    note = "put `#[service(id = \"…\")]` on the trait or struct, and use `Arc<dyn Trait>` or `Arc<Struct>` of it"
)]
pub trait Service: Send + Sync + 'static {
    /// The declaration.
    #[doc(hidden)]
    const META: &'static ServiceMeta;
}

/// FNV-1a over the parts, with a separator, so that `("a", "bc")` and `("ab", "c")` differ.
#[must_use]
pub const fn hash(parts: &[&str]) -> u64 {
    let mut value: u64 = 0xcbf2_9ce4_8422_2325;
    let mut part = 0;
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            value = (value ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        value = (value ^ 0xff).wrapping_mul(0x0100_0000_01b3);
        part += 1;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_hash_tells_parts_apart() {
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
        assert_ne!(hash(&["core.logger"]), hash(&["core.loggers"]));
        assert_eq!(hash(&["core.logger"]), hash(&["core.logger"]));
    }
}
