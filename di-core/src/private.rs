//! What expansions of the macros use. Not public API: it changes with the macros.

use core::any::TypeId;
use std::sync::Arc;

pub use crate::call::{run_async, run_sync};
pub use crate::feature::{
    Dependency, Entry, Feature, FeatureMeta, FeatureSet, Initialization, Kind, Listed, Listing,
    Precedence,
};
pub use crate::graph::{Graph, Node, Plan, count, dependencies, flatten, prune, verdict};
pub use crate::inject::{Inject, Injector, Outcome, Provide};
pub use crate::inject::{Need, Request, Supply};
pub use crate::instances::Instance;
pub use crate::place::Place;
pub use crate::point::{Lent, default as default_point};
pub use crate::service::{ExtensionPoint, Many, One, PointMeta, Scope, Service, ServiceMeta, hash};
pub use crate::{BoxError, BoxFuture};

/// A feature's function at work.
pub type Run = BoxFuture<Result<Instance, BoxError>>;

/// What a feature with a mistake of its own lists.
pub const NOTHING: Listing = Listing::Set(&FeatureSet {
    name: "",
    precedence: Precedence::Explicit,
    entries: &[],
});

/// What tells a declaration from its copies: the module and the target that it is compiled in.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The module.
    pub module: &'static str,
    /// The package's version; empty when unknown.
    pub version: &'static str,
    /// The binary that is compiled; empty when it is none.
    pub binary: &'static str,
    /// Whether it is compiled as a test.
    pub test: bool,
}

impl Origin {
    /// What tells a declaration in it from every other: two copies of a crate, and one file in two
    /// targets, come to different numbers.
    #[must_use]
    pub const fn fingerprint(self, name: &str) -> u64 {
        let target = if self.test { "test" } else { "" };
        hash(&[self.module, name, self.version, self.binary, target])
    }
}

/// The type that an instance of a service has inside.
#[must_use]
pub fn type_id<S: ?Sized + 'static>() -> TypeId {
    TypeId::of::<Arc<S>>()
}
