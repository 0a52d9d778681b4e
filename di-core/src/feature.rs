//! Features as data: what a plugin or factory needs, what it provides, where it stands, how it runs.
//!
//! Everything here is constant data that the macros write and the graph reads. The function that runs
//! a feature stands beside its description, never inside it, so that a backend can keep the
//! description of a feature that nobody reaches and still not link its code.

use crate::inject::{Injector, Need, Request};
use crate::instances::Instance;
use crate::place::Place;
use crate::service::ServiceMeta;
use crate::{BoxError, BoxFuture};

/// Runs a feature: builds a service, or carries out a plugin's init.
pub type Run = fn(Injector) -> BoxFuture<Result<Instance, BoxError>>;

/// What a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A plugin's init function.
    Plugin,
    /// A module's init function.
    Module,
    /// A factory of a service.
    Factory,
    /// A function that wraps whatever provides a service.
    Decorator,
    /// A service that the container itself provides.
    BuiltIn,
}

/// When a factory's service is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialization {
    /// At start, if something reaches it.
    Lazy,
    /// At start, in any case.
    Eager,
}

/// A parameter of a feature's function.
#[derive(Clone, Copy, Debug)]
pub struct Dependency {
    /// What the parameter's type comes to.
    pub request: &'static Request,
    /// The parameter's name.
    pub name: &'static str,
    /// The parameter's type, as written.
    pub spelled: &'static str,
    /// The line of the parameter, in the file of its function.
    pub line: u32,
    /// The column of the parameter.
    pub column: u32,
}

/// The description of a feature.
#[derive(Clone, Copy, Debug)]
pub struct FeatureMeta {
    /// What it is.
    pub kind: Kind,
    /// The plugin's or module's id; for a factory or decorator, the path of its function.
    pub id: &'static str,
    /// A hash of a plugin's or module's id: what the graph compares. 0 for what is found by the service that it
    /// provides.
    pub key: u64,
    /// The id of the plugin that a module extends; empty for all others.
    pub plugin: &'static str,
    /// A hash of that id; 0 for all others.
    pub plugin_key: u64,
    /// The service that it provides, or wraps.
    pub provides: Option<&'static ServiceMeta>,
    /// What it needs, in the order of its parameters.
    pub dependencies: &'static [Dependency],
    /// When it is built.
    pub initialization: Initialization,
    /// Where its function stands.
    pub place: Place,
}

impl Dependency {
    /// What the parameter's type asks for.
    #[must_use]
    pub const fn need(&self) -> &'static Need {
        &self.request.need
    }
}

impl FeatureMeta {
    /// Where a parameter of the function stands.
    #[must_use]
    pub const fn place_of(&self, dependency: &Dependency) -> Place {
        Place {
            line: dependency.line,
            column: dependency.column,
            ..self.place
        }
    }

    /// Whether both describe one function, by where it stands.
    pub(crate) const fn is(&self, other: &FeatureMeta) -> bool {
        self.key == other.key && self.place.is(&other.place)
    }
}

/// A feature: its description and the function that runs it.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The description.
    pub meta: &'static FeatureMeta,
    /// What runs it.
    pub run: Run,
}

/// Whether the factories of a list give way to a factory that is listed explicitly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// A factory here is final: another one for its service is a mistake.
    Explicit,
    /// A factory here is a default.
    Overridable,
}

/// A named list of features, as `features!` writes it.
#[derive(Clone, Copy, Debug)]
pub struct FeatureSet {
    /// The list's path.
    pub name: &'static str,
    /// Whether its factories give way.
    pub precedence: Precedence,
    /// What it lists.
    pub entries: &'static [Entry],
}

/// What an entry names.
#[derive(Clone, Copy, Debug)]
pub enum Listing {
    /// One feature.
    Feature(Feature),
    /// A list of features.
    Set(&'static FeatureSet),
}

/// An entry of `backend!` or `features!`.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The entry as written: `example_backend::plugin`.
    pub spelled: &'static str,
    /// What it names.
    pub listing: Listing,
    /// Where it stands.
    pub place: Place,
    /// Its position in `backend!` as written, which a `#[cfg]` on another entry does not shift.
    pub position: u32,
}

impl Entry {
    /// An entry for a program that picks its features at run time. [`crate::Backend::compose`] numbers it.
    #[track_caller]
    #[must_use]
    pub fn of<L: Listed>() -> Self {
        Self {
            spelled: core::any::type_name::<L>(),
            listing: L::LISTING,
            place: Place::caller(),
            position: 0,
        }
    }
}

/// What can be listed in `backend!`: the type that a feature macro writes beside a function.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a feature of a backend",
    label = "neither a plugin, a module, a service factory or decorator, nor a list of features",
    note = "list functions that carry `#[backend_plugin]`, `#[backend_module]`, `#[service_factory]` or `#[service_decorator]`, or a list made by `features!`"
)]
pub trait Listed {
    /// What the type stands for.
    #[doc(hidden)]
    const LISTING: Listing;
}
