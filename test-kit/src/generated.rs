//! Features that a test adds while it runs: instances in place of factories, and probes.
//!
//! A feature is constant data beside a function pointer, which holds nothing. So what it works with lies among
//! the backend's inputs, found by its type.

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use greenroom::__private::{
    Dependency, Entry, Feature, FeatureMeta, Initialization, Inject, Injector, Instance, Kind,
    Listing, Outcome, Place, Provide, Run, Scope, hash,
};
use greenroom::{ExtensionPoint, PluginContext, RootContext, Service};

const HERE: Place = Place {
    package: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    file: file!(),
    line: line!(),
    column: column!(),
};

const CONTEXT: Dependency = Dependency {
    request: <Arc<RootContext> as Inject>::REQUEST,
    name: "context",
    spelled: "Arc<RootContext>",
    line: HERE.line,
    column: HERE.column,
};

const PLUGIN: Dependency = Dependency {
    request: <Arc<PluginContext> as Inject>::REQUEST,
    name: "plugin",
    spelled: "Arc<PluginContext>",
    ..CONTEXT
};

const FACTORY: FeatureMeta = FeatureMeta {
    kind: Kind::Factory,
    id: "greenroom_test_kit::TestBackend::service",
    key: 0,
    plugin: "",
    plugin_key: 0,
    provides: None,
    dependencies: &[CONTEXT],
    initialization: Initialization::Lazy,
    place: HERE,
};

/// What a test brought for a service, to be asked for a plugin or for the root: one of the backend's inputs.
pub(crate) struct Brought<S: ?Sized>(
    pub(crate) Box<dyn Fn(Option<&'static str>) -> Arc<S> + Send + Sync>,
);

/// The factory of a service that a test brought.
pub(crate) struct Bringing<S: ?Sized>(PhantomData<S>);

impl<S: Service + ?Sized> Bringing<S> {
    const LAZY: &'static FeatureMeta = &FeatureMeta {
        provides: Some(S::META),
        dependencies: match S::META.scope {
            Scope::Root => &[CONTEXT],
            Scope::Plugin => &[CONTEXT, PLUGIN],
        },
        ..FACTORY
    };

    const EAGER: &'static FeatureMeta = &FeatureMeta {
        initialization: Initialization::Eager,
        ..*Self::LAZY
    };

    /// It is built when what it stands for would be.
    pub(crate) fn entry(initialization: Initialization, place: Place) -> Entry {
        let meta = match initialization {
            Initialization::Lazy => Self::LAZY,
            Initialization::Eager => Self::EAGER,
        };
        entry(meta, Self::run, place)
    }

    fn run(mut injector: Injector) -> Run {
        Box::pin(async move {
            let context: Arc<RootContext> = injector.take()?;
            let plugin = match S::META.scope {
                Scope::Root => None,
                Scope::Plugin => Some(injector.take::<Arc<PluginContext>>()?.id()),
            };
            let brought = context.input::<Brought<S>>();
            let brought = brought.ok_or("the test brought nothing")?;
            Ok(Instance::new((brought.0)(plugin)))
        })
    }
}

/// The value that a test brought for an extension point; gone once the container has it.
pub(crate) struct Start<T>(pub(crate) Mutex<Option<T>>);

/// The constructor of an extension point that a test brought.
pub(crate) struct Starting<T>(PhantomData<T>);

impl<T: ExtensionPoint> Starting<T> {
    const META: &'static FeatureMeta = &FeatureMeta {
        id: "greenroom_test_kit::TestBackend::extension_point",
        provides: Some(&T::META.service),
        ..FACTORY
    };

    pub(crate) fn entry(place: Place) -> Entry {
        entry(Self::META, Self::run, place)
    }

    fn run(mut injector: Injector) -> Run {
        Box::pin(async move {
            let context: Arc<RootContext> = injector.take()?;
            let start = context.input::<Start<T>>();
            let value = start.and_then(|start| {
                let mut value = start.0.lock().unwrap_or_else(PoisonError::into_inner);
                value.take()
            });
            value.ok_or("the test brought nothing")?.provide()
        })
    }
}

/// The services that probes have seen, with the plugin for which they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probed(Arc<Mutex<Vec<Seen>>>);

/// The id of a plugin, the type of a service, and the service as the plugin has it.
type Seen = (&'static str, TypeId, Instance);

impl Probed {
    pub(crate) fn get<S: Service + ?Sized>(&self, plugin: &str) -> Option<Arc<S>> {
        let probed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = probed
            .iter()
            .find(|(of, id, _)| *of == plugin && *id == TypeId::of::<S>());
        found.and_then(|(.., instance)| instance.get::<S>())
    }

    /// Lets all services go: they may hold the context that holds this.
    pub(crate) fn clear(&self) {
        let mut probed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(std::mem::take(&mut *probed));
    }
}

/// A module that takes a service for the test to look at.
pub(crate) struct Probe<S: ?Sized>(PhantomData<S>);

impl<S: Service + ?Sized> Probe<S>
where
    Arc<S>: Inject,
{
    const DEPENDENCIES: &'static [Dependency] = &[
        CONTEXT,
        PLUGIN,
        Dependency {
            request: <Arc<S> as Inject>::REQUEST,
            name: "probed",
            spelled: S::META.type_name,
            ..CONTEXT
        },
    ];

    pub(crate) fn entry(plugin: &'static str, place: Place) -> Entry {
        let meta = FeatureMeta {
            kind: Kind::Module,
            id: S::META.id,
            key: hash(&[plugin, "greenroom-test-kit", S::META.id]),
            plugin,
            plugin_key: hash(&[plugin]),
            dependencies: Self::DEPENDENCIES,
            ..FACTORY
        };
        entry(kept(meta), Self::run, place)
    }

    fn run(mut injector: Injector) -> Run {
        Box::pin(async move {
            let context: Arc<RootContext> = injector.take()?;
            let plugin: Arc<PluginContext> = injector.take()?;
            let service: Arc<S> = injector.take()?;
            let probed = context.input::<Probed>().ok_or("nobody looks")?;
            let seen = (plugin.id(), TypeId::of::<S>(), Instance::new(service));
            let mut probed = probed.0.lock().unwrap_or_else(PoisonError::into_inner);
            probed.push(seen);
            Outcome::outcome(())
        })
    }
}

/// A plugin that does nothing, for probes of a plugin that is not there.
pub(crate) fn empty_plugin(id: &'static str, place: Place) -> Entry {
    let meta = FeatureMeta {
        kind: Kind::Plugin,
        id,
        key: hash(&[id]),
        dependencies: &[],
        ..FACTORY
    };
    entry(
        kept(meta),
        |_| Box::pin(async { Outcome::outcome(()) }),
        place,
    )
}

/// A graph refers to its features for ever. A test has few of these, and its process is short.
fn kept(meta: FeatureMeta) -> &'static FeatureMeta {
    Box::leak(Box::new(meta))
}

fn entry(meta: &'static FeatureMeta, run: fn(Injector) -> Run, place: Place) -> Entry {
    Entry {
        spelled: meta.id,
        listing: Listing::Feature(Feature { meta, run }),
        place,
        position: 0,
    }
}
