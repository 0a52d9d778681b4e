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
use crate::point::{self, Lent};
use crate::service::{ExtensionPoint, Multiton, PointMeta, Service, ServiceMeta, Single};

/// What a parameter's type asks the container for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Need {
    /// A service that must be provided.
    Required(&'static ServiceMeta),
    /// A service that may be missing.
    Optional(&'static ServiceMeta),
    /// All that the factories of a multiton service build.
    Many(&'static ServiceMeta),
    /// A value that is made from a root service for each plugin, such as its settings.
    Derived(&'static Derivation),
    /// An extension point, to write to it: `&mut T` of a module.
    Extend(&'static PointMeta),
    /// An extension point, once all that write to it are done: `T` of the plugin or module that offers it.
    Offer(&'static PointMeta),
}

impl Need {
    /// The service that the parameter hangs on.
    #[must_use]
    pub const fn service(&self) -> &'static ServiceMeta {
        match self {
            Need::Required(service) | Need::Optional(service) | Need::Many(service) => service,
            Need::Derived(derivation) => derivation.from,
            Need::Extend(point) | Need::Offer(point) => &point.service,
        }
    }

    /// The extension point that the parameter names.
    #[must_use]
    pub const fn point(&self) -> Option<&'static PointMeta> {
        match self {
            Need::Extend(point) | Need::Offer(point) => Some(point),
            Need::Required(_) | Need::Optional(_) | Need::Many(_) | Need::Derived(_) => None,
        }
    }
}

/// What a parameter of some type comes to: what to bring, and how to turn it into the parameter.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// What to bring.
    pub need: Need,
    /// Turns what was brought into the parameter, and puts it into a slot, an `Option` of its type which is
    /// erased here: the one place where a parameter's type has to be known is where it is written.
    pub receive: fn(Supply<'_>, &mut dyn Any) -> Result<(), BoxError>,
}

impl Request {
    /// The request of a type.
    #[must_use]
    pub const fn of<T: Inject + 'static>(need: Need) -> Self {
        Self {
            need,
            receive: receive::<T>,
        }
    }
}

pub(crate) fn receive<T: Inject + 'static>(
    supply: Supply<'_>,
    slot: &mut dyn Any,
) -> Result<(), BoxError> {
    if let Some(slot) = slot.downcast_mut() {
        *slot = Some(T::receive(supply)?);
    }
    Ok(())
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
    /// Adds what the value of a plugin (none for the root) looks like to a collector, if it knows the
    /// collector's type, and does nothing otherwise: the container has no opinion on what a description is.
    pub describe: fn(&mut dyn Any, Option<&str>),
}

/// What a check of derived values found.
#[derive(Debug, Default)]
pub struct Findings {
    /// What keeps the backend from starting.
    pub mistakes: Vec<BoxError>,
    /// What it can live with, and its operator should know.
    pub warnings: Vec<String>,
    /// What this value does not read. It is a warning unless another value of the plugin reads it.
    pub unread: Vec<Unread>,
}

/// A key that was given and that a value does not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The key, whole; not to read it is not to read what is below it either.
    pub key: String,
    /// The warning.
    pub warning: String,
}

/// A type that a plugin or a factory may take as a parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something that a plugin or factory can take",
    label = "this parameter's type names no service",
    note = "a parameter is `Arc<dyn Trait>` or `Arc<Struct>` of a `#[service]` (or an alias of one, such as `Logger`), an `Option` of that, `Vec<Arc<…>>` of a `multiton` service, an extension point, or `Settings<T>`",
    note = "for a type of your own: put `#[service(id = \"…\")]` on it, and take it as `Arc<…>`"
)]
pub trait Inject: Sized + Send {
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

    /// What was brought as the value of an extension point, for good.
    ///
    /// # Errors
    ///
    /// Says that a module panicked while it had the value.
    pub fn point<T: ExtensionPoint>(&self) -> Result<T, BoxError> {
        point::give(self)
    }
}

impl<S: Service + ?Sized> Inject for Arc<S>
where
    S::Arity: Single<S>,
{
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Required(S::META));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        supply.service::<S>()
    }
}

impl<S: Service + ?Sized> Inject for Option<Arc<S>>
where
    S::Arity: Single<S>,
{
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Optional(S::META));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        supply.instance.map(|_| supply.service::<S>()).transpose()
    }
}

impl<S: Service + ?Sized> Inject for Vec<Arc<S>>
where
    S::Arity: Multiton<S>,
{
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Many(S::META));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        let all = supply.instance.and_then(Instance::value::<Vec<Instance>>);
        let all = all.ok_or_else(|| format!("`{}` was not built", S::META.id))?;
        all.iter()
            .map(|instance| {
                let instance = Some(instance);
                Supply { instance, ..supply }.service::<S>()
            })
            .collect()
    }
}

/// What a factory may return: `Arc<T>` of a service, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a factory or decorator cannot return `{Self}`",
    label = "this return type names no service",
    note = "a factory returns `Arc<dyn Trait>` or `Arc<Struct>` of a `#[service]`, or `Result<Arc<…>, E>` with an error that `?` can box",
    note = "the constructor of an extension point returns the struct itself, or a `Result` of it"
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

#[diagnostic::do_not_recommend]
impl<T: ExtensionPoint> Provide for T {
    const SERVICE: &'static ServiceMeta = &T::META.service;

    fn provide(self) -> Result<Instance, BoxError> {
        Ok(point::hold(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: ExtensionPoint, E: Into<BoxError>> Provide for Result<T, E> {
    const SERVICE: &'static ServiceMeta = &T::META.service;

    fn provide(self) -> Result<Instance, BoxError> {
        self.map(point::hold).map_err(Into::into)
    }
}

/// What a plugin's init may return: nothing, or a `Result` of nothing.
#[diagnostic::on_unimplemented(
    message = "a plugin or module cannot return `{Self}`",
    label = "expected `Result<()>` or nothing",
    note = "an init returns `()` or `Result<(), E>` with an error that `?` can box"
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
    pub fn take<T: 'static>(&mut self) -> Result<T, BoxError> {
        let (dependency, supply) = self.next()?;
        let mut slot: Option<T> = None;
        (dependency.request.receive)(supply, &mut slot)?;
        Ok(slot.ok_or_else(|| format!("parameter `{}` has another type", dependency.name))?)
    }

    /// Lends the extension point that the next parameter borrows.
    ///
    /// # Errors
    ///
    /// Says that a module before this one panicked while it had the point.
    pub fn lend<T: ExtensionPoint>(&mut self) -> Result<Lent<T>, BoxError> {
        let (_, supply) = self.next()?;
        Lent::of(&supply)
    }

    fn next(&mut self) -> Result<(&'static Dependency, Supply<'_>), BoxError> {
        let at = self.next;
        self.next += 1;
        // The expansion writes the dependencies and the call from one list of parameters.
        let dependencies: &'static [Dependency] = self.dependencies;
        let dependency = dependencies.get(at).ok_or("there is no such parameter")?;
        let supply = Supply {
            instance: self.instances.get(at).and_then(Option::as_ref),
            plugin: self.plugin,
        };
        Ok((dependency, supply))
    }
}
