//! What a service is to the container: an identity, a scope, and where it was declared.
//!
//! Identity is an id that people choose (`core.logger`) and a fingerprint of the declaration. The id
//! alone would let two copies of one crate, or one file compiled into a library and a binary, pass the
//! check and then fail at start; the Rust type alone cannot be compared in a constant on stable Rust.

use core::any::TypeId;

use crate::BoxError;
use crate::inject::{Injector, Need, Request};
use crate::instances::Instance;
use crate::place::Place;
use crate::point::Lent;

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
    /// Whether its factory may not be replaced, and nothing may be wrapped around it.
    pub sealed: bool,
    /// Whether it has any number of factories, of all of which a dependant takes the result.
    pub multiton: bool,
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
    note = "put `#[service(id = \"…\")]` on the trait or struct, and use `Arc<dyn Trait>` or `Arc<Struct>` of it",
    note = "an extension point is taken without `Arc`: `&mut T` in a module, `T` in its plugin"
)]
pub trait Service: Send + Sync + 'static {
    /// The declaration.
    #[doc(hidden)]
    const META: &'static ServiceMeta;

    /// Whether a dependant takes one or all: [`One`] or [`Many`].
    #[doc(hidden)]
    type Arity;
}

/// The arity of a service of which a dependant takes one: `Arc<…>`. The usual one.
#[derive(Debug)]
pub enum One {}

/// The arity of a service of which a dependant takes all that its factories build: `Vec<Arc<…>>`. Said by
/// `#[service(multiton)]`.
#[derive(Debug)]
pub enum Many {}

/// That `S` is taken as one. A trait of the arity, so that what is no service at all is told as just that.
#[diagnostic::on_unimplemented(
    message = "`{S}` is a `multiton` service: it cannot be taken as one `Arc`",
    label = "take `Vec<Arc<…>>` of it"
)]
pub trait Single<S: ?Sized> {}

impl<S: ?Sized> Single<S> for One {}

/// That `S` is taken as all that there are.
#[diagnostic::on_unimplemented(
    message = "there is one `{S}`: it cannot be taken as a `Vec`",
    label = "take one `Arc<…>` of it, or declare it `multiton`"
)]
pub trait Multiton<S: ?Sized> {}

impl<S: ?Sized> Multiton<S> for Many {}

/// The declaration of an extension point, as data.
#[derive(Clone, Copy, Debug)]
pub struct PointMeta {
    /// Its identity. A constructor provides it as a factory provides a service of a plugin.
    pub service: ServiceMeta,
    /// The id of the plugin that it belongs to.
    pub plugin: &'static str,
    /// A hash of that id.
    pub plugin_key: u64,
    /// Prepares the value that modules find when no constructor is listed; none when there has to be one.
    /// The value itself is made when the first of them asks for it.
    pub create: Option<fn() -> Instance>,
}

/// A value that modules fill and their plugin receives.
///
/// Implemented by `#[extension_point]`, which writes the description down.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extension point",
    label = "no `#[extension_point]` declares this",
    note = "put `#[extension_point(plugin = \"…\", id = \"…\")]` on the struct; a module then takes `&mut {Self}`, its plugin takes `{Self}`"
)]
pub trait ExtensionPoint: Send + Sized + 'static {
    /// The declaration.
    #[doc(hidden)]
    const META: &'static PointMeta;

    /// What `&mut Self` comes to. Here and not asked of `&mut Self`, so that a type that is no extension
    /// point is told as just that.
    #[doc(hidden)]
    const LENT: &'static Request = &Request {
        need: Need::Extend(Self::META),
        receive: |_, _| Err(NOT_GIVEN.into()),
    };

    /// As [`Injector::lend`], with a mistake in the type told as for [`Self::LENT`].
    #[doc(hidden)]
    fn lend(injector: &mut Injector) -> Result<Lent<Self>, BoxError> {
        injector.lend()
    }
}

// What is borrowed is lent for the time of a call.
const NOT_GIVEN: &str = "an extension point is lent, not given";

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
