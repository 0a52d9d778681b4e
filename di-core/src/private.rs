//! What expansions of the macros use. Not public API: it changes with the macros.

use core::any::TypeId;
use std::sync::Arc;

pub use crate::feature::{
    Dependency, Entry, Feature, FeatureMeta, FeatureSet, Initialization, Kind, Listed, Listing,
    Precedence,
};
pub use crate::graph::{Node, Plan, count, dependencies, flatten, prune, verdict};
pub use crate::inject::{Inject, Injector, Outcome, Provide};
pub use crate::instances::Instance;
pub use crate::place::Place;
pub use crate::service::{Scope, Service, ServiceMeta, hash};
pub use crate::{BoxError, BoxFuture};

/// What a feature with a mistake of its own lists.
pub const NOTHING: Listing = Listing::Set(&FeatureSet {
    name: "",
    precedence: Precedence::Explicit,
    entries: &[],
});

/// The text, or none of it.
#[must_use]
pub const fn text(text: Option<&'static str>) -> &'static str {
    match text {
        Some(text) => text,
        None => "",
    }
}

/// The hash of a declaration's origin.
#[must_use]
pub const fn fingerprint(
    module: &str,
    name: &str,
    version: Option<&'static str>,
    binary: Option<&'static str>,
    test: bool,
) -> u64 {
    let target = if test { "test" } else { "" };
    hash(&[module, name, text(version), text(binary), target])
}

/// The type that an instance of a service has inside.
#[must_use]
pub fn type_id<S: ?Sized + 'static>() -> TypeId {
    TypeId::of::<Arc<S>>()
}
