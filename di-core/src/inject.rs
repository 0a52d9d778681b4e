//! What a parameter of a plugin or factory may be, and what their functions may return.
//!
//! Three traits, apart on purpose: [`Inject`] for parameters, [`Provide`] for what a factory returns,
//! [`Outcome`] for what an init returns. Were the first two one, a factory that returns an `Option` would
//! compile and fail at start.

use std::any::Any;
use std::sync::Arc;

use crate::BoxError;
use crate::feature::Dependency;
use crate::instances::Instance;
use crate::service::{Service, ServiceMeta};

/// What a parameter's type asks the container for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Need {
    /// A service that must be provided.
    Required(&'static ServiceMeta),
    /// A service that may be missing.
    Optional(&'static ServiceMeta),
    /// A value that is made from a root service for each plugin, such as its settings.
    Derived(&'static Derivation),
}

impl Need {
    /// The service that the parameter hangs on.
    #[must_use]
    pub const fn service(&self) -> &'static ServiceMeta {
        match self {
            Need::Required(service) | Need::Optional(service) => service,
            Need::Derived(derivation) => derivation.from,
        }
    }
}

/// What a parameter of some type comes to: what to bring, and how to turn it into the parameter.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// What to bring.
    pub need: Need,
    /// Turns what was brought into the parameter, with its type erased: the one place where a
    /// parameter's type has to be known is where it is written.
    pub receive: fn(Supply<'_>) -> Result<Parameter, BoxError>,
}

impl Request {
    /// The request of a type.
    #[must_use]
    pub const fn of<T: Inject>(need: Need) -> Self {
        Self {
            need,
            receive: receive::<T>,
        }
    }
}

/// A parameter, ready for the function.
pub type Parameter = Box<dyn Any + Send>;

fn receive<T: Inject>(supply: Supply<'_>) -> Result<Parameter, BoxError> {
    Ok(Box::new(T::receive(supply)?))
}

/// Who a derived value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The plugin whose function takes it; a root factory cannot.
    Plugin,
    /// Any function: the value is the same for all.
    Everyone,
}

/// How a value is made from a root service.
///
/// The check runs for every reached parameter before any other service is built, so that all mistakes
/// of a configuration show at once.
#[derive(Clone, Copy, Debug)]
pub struct Derivation {
    /// The root service that it is made from.
    pub from: &'static ServiceMeta,
    /// Who may take it.
    pub audience: Audience,
    /// Says what is wrong with the value that a plugin (none for the root) would get.
    pub check: fn(&Instance, Option<&str>) -> Findings,
}

/// What a check of derived values found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What keeps the backend from starting.
    pub mistakes: Vec<BoxError>,
    /// What it can live with, and its operator should know.
    pub warnings: Vec<String>,
}

/// A type that a plugin or a factory may take as a parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something that a plugin or factory can take",
    label = "this parameter's type names no service",
    note = "a parameter is `Arc<dyn Trait>` or `Arc<Struct>` of a `#[service]` (or an alias of one, such as `Logger`), an `Option` of that, or `Settings<T>`",
    note = "for a type of your own: put `#[service(id = \"…\")]` on it, and take it as `Arc<…>`"
)]
pub trait Inject: Sized + Send + 'static {
    /// What to bring.
    #[doc(hidden)]
    const REQUEST: &'static Request;

    /// Turns what was brought into the parameter.
    #[doc(hidden)]
    fn receive(supply: Supply<'_>) -> Result<Self, BoxError>;
}

/// What the container brings for one parameter.
#[derive(Clone, Copy, Debug)]
pub struct Supply<'a> {
    /// The service's instance; none when an optional one is not provided.
    pub instance: Option<&'a Instance>,
    /// The plugin for which the function runs.
    pub plugin: Option<&'a str>,
}

impl Supply<'_> {
    /// The instance as the service that the parameter names.
    ///
    /// # Errors
    ///
    /// Says that the container brought nothing or another type: the checks of the graph make both
    /// impossible, and a bug there must not become a panic in somebody's start.
    pub fn service<S: Service + ?Sized>(&self) -> Result<Arc<S>, BoxError> {
        let instance = self
            .instance
            .ok_or_else(|| format!("`{}` was not built", S::META.id))?;
        let service = instance.get::<S>();
        Ok(service.ok_or_else(|| format!("`{}` has another type", S::META.id))?)
    }
}

impl<S: Service + ?Sized> Inject for Arc<S> {
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Required(S::META));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        supply.service::<S>()
    }
}

impl<S: Service + ?Sized> Inject for Option<Arc<S>> {
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Optional(S::META));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        supply.instance.map(|_| supply.service::<S>()).transpose()
    }
}

/// What a factory may return: `Arc<T>` of a service, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a service factory cannot return `{Self}`",
    label = "this return type names no service",
    note = "a factory returns `Arc<dyn Trait>` or `Arc<Struct>` of a `#[service]`, or `Result<Arc<…>, E>` with an error that `?` can box"
)]
pub trait Provide {
    /// The service that the factory provides.
    #[doc(hidden)]
    const SERVICE: &'static ServiceMeta;

    /// The built service, ready for the container.
    #[doc(hidden)]
    fn provide(self) -> Result<Instance, BoxError>;
}

impl<S: Service + ?Sized> Provide for Arc<S> {
    const SERVICE: &'static ServiceMeta = S::META;

    fn provide(self) -> Result<Instance, BoxError> {
        Ok(Instance::new(self))
    }
}

impl<S: Service + ?Sized, E: Into<BoxError>> Provide for Result<Arc<S>, E> {
    const SERVICE: &'static ServiceMeta = S::META;

    fn provide(self) -> Result<Instance, BoxError> {
        self.map(Instance::new).map_err(Into::into)
    }
}

/// What a plugin's init may return: nothing, or a `Result` of nothing.
#[diagnostic::on_unimplemented(
    message = "a plugin cannot return `{Self}`",
    label = "expected `Result<()>` or nothing",
    note = "a plugin's init returns `()` or `Result<(), E>` with an error that `?` can box"
)]
pub trait Outcome {
    /// The outcome as the container reads it.
    #[doc(hidden)]
    fn outcome(self) -> Result<Instance, BoxError>;
}

impl Outcome for () {
    fn outcome(self) -> Result<Instance, BoxError> {
        Ok(Instance::nothing())
    }
}

impl<E: Into<BoxError>> Outcome for Result<(), E> {
    fn outcome(self) -> Result<Instance, BoxError> {
        self.map(|()| Instance::nothing()).map_err(Into::into)
    }
}

/// What a feature's function is run with: an instance for each of its parameters, in their order.
#[derive(Debug)]
pub struct Injector {
    dependencies: &'static [Dependency],
    instances: Vec<Option<Instance>>,
    next: usize,
    plugin: Option<&'static str>,
}

impl Injector {
    pub(crate) fn new(
        dependencies: &'static [Dependency],
        instances: Vec<Option<Instance>>,
        plugin: Option<&'static str>,
    ) -> Self {
        Self {
            dependencies,
            instances,
            next: 0,
            plugin,
        }
    }

    /// The next parameter.
    ///
    /// # Errors
    ///
    /// What the parameter's own type says, such as a mistake in the settings.
    pub(crate) fn take<T: 'static>(&mut self) -> Result<T, BoxError> {
        let at = self.next;
        self.next += 1;
        // The expansion writes the dependencies and the call from one list of parameters.
        let dependency = self
            .dependencies
            .get(at)
            .ok_or("there is no such parameter")?;
        let parameter = (dependency.request.receive)(Supply {
            instance: self.instances.get(at).and_then(Option::as_ref),
            plugin: self.plugin,
        })?;
        let parameter = parameter.downcast::<T>();
        Ok(*parameter.map_err(|_| format!("parameter `{}` has another type", dependency.name))?)
    }
}
