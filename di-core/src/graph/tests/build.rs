//! Features as the macros would write them down, in a line each.

use core::any::TypeId;

use crate::feature::{
    Dependency, Entry, Feature, FeatureMeta, FeatureSet, Initialization, Kind, Listing, Precedence,
};
use crate::inject::{Audience, Derivation, Findings, Injector, Need, Request, Supply};
use crate::instances::Instance;
use crate::place::Place;
use crate::service::{PointMeta, Scope, ServiceMeta, hash};
use crate::{BoxError, BoxFuture};

/// Descriptions are constants in a program, so here they stay for good.
pub(super) fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn place(line: u32) -> Place {
    Place {
        package: "acme",
        version: "1.0.0",
        file: "src/lib.rs",
        line,
        column: 5,
    }
}

pub(super) fn service(id: &'static str, scope: Scope) -> ServiceMeta {
    ServiceMeta {
        id,
        key: hash(&[id]),
        fingerprint: hash(&["acme", id]),
        scope,
        sealed: false,
        multiton: false,
        type_name: "dyn Thing",
        provided_by: None,
        module: "acme",
        place: place(1),
        type_id: TypeId::of::<()>,
    }
}

/// A service of which there is one.
pub(super) fn root(id: &'static str) -> ServiceMeta {
    service(id, Scope::Root)
}

/// A service of which each plugin has its own.
pub(super) fn own(id: &'static str) -> ServiceMeta {
    service(id, Scope::Plugin)
}

pub(super) fn sealed(service: ServiceMeta) -> ServiceMeta {
    ServiceMeta {
        sealed: true,
        ..service
    }
}

pub(super) fn multiton(service: ServiceMeta) -> ServiceMeta {
    ServiceMeta {
        multiton: true,
        ..service
    }
}

/// The same id, declared by somebody else.
pub(super) fn declared_again(service: ServiceMeta) -> ServiceMeta {
    ServiceMeta {
        fingerprint: hash(&["other", service.id]),
        module: "other",
        ..service
    }
}

/// A point whose value has a default.
pub(super) fn point(plugin: &'static str, id: &'static str) -> PointMeta {
    PointMeta {
        service: ServiceMeta {
            type_name: "Point",
            ..own(id)
        },
        plugin,
        plugin_key: hash(&[plugin]),
        create: Some(Instance::nothing),
    }
}

/// A point whose value comes from a constructor.
pub(super) fn constructed(point: PointMeta) -> PointMeta {
    PointMeta {
        create: None,
        ..point
    }
}

pub(super) fn request(need: Need) -> &'static Request {
    let receive = |_: Supply<'_>, _: &mut dyn core::any::Any| Err("nothing is started here".into());
    keep(Request { need, receive })
}

fn parameter(need: Need, spelled: &'static str, line: u32) -> Dependency {
    Dependency {
        request: request(need),
        name: "thing",
        spelled,
        line,
        column: 5,
    }
}

pub(super) fn needs(service: ServiceMeta, line: u32) -> Dependency {
    parameter(Need::Required(keep(service)), "Thing", line)
}

pub(super) fn maybe(service: ServiceMeta, line: u32) -> Dependency {
    parameter(Need::Optional(keep(service)), "Option<Thing>", line)
}

pub(super) fn many(service: ServiceMeta, line: u32) -> Dependency {
    parameter(Need::Many(keep(service)), "Vec<Thing>", line)
}

pub(super) fn extend(point: PointMeta, line: u32) -> Dependency {
    parameter(Need::Extend(keep(point)), "&mut Point", line)
}

pub(super) fn offer(point: PointMeta, line: u32) -> Dependency {
    parameter(Need::Offer(keep(point)), "Point", line)
}

pub(super) fn derivation(from: ServiceMeta, audience: Audience) -> &'static Derivation {
    keep(Derivation {
        from: keep(from),
        audience,
        check: |_, _| Findings::default(),
        describe: |_, _| {},
    })
}

pub(super) fn settings(from: ServiceMeta, audience: Audience, line: u32) -> Dependency {
    parameter(
        Need::Derived(derivation(from, audience)),
        "Settings<Own>",
        line,
    )
}

pub(super) fn nothing(_: Injector) -> BoxFuture<Result<Instance, BoxError>> {
    Box::pin(async { Ok(Instance::nothing()) })
}

pub(super) fn meta(kind: Kind, id: &'static str, needs: &[Dependency], line: u32) -> FeatureMeta {
    FeatureMeta {
        kind,
        id,
        key: 0,
        plugin: "",
        plugin_key: 0,
        provides: None,
        dependencies: keep(needs.to_vec()),
        initialization: Initialization::Lazy,
        place: place(line),
    }
}

pub(super) fn entry(meta: &'static FeatureMeta, line: u32) -> Entry {
    Entry {
        spelled: meta.id,
        listing: Listing::Feature(Feature { meta, run: nothing }),
        place: place(line),
        position: 0,
    }
}

/// Lists a feature a hundred lines below its function.
fn listed(meta: FeatureMeta) -> Entry {
    let line = meta.place.line + 100;
    entry(keep(meta), line)
}

pub(super) fn plugin(id: &'static str, needs: &[Dependency], line: u32) -> Entry {
    listed(FeatureMeta {
        key: hash(&[id]),
        ..meta(Kind::Plugin, id, needs, line)
    })
}

pub(super) fn module(
    plugin: &'static str,
    id: &'static str,
    needs: &[Dependency],
    line: u32,
) -> Entry {
    listed(FeatureMeta {
        key: hash(&[id]),
        plugin,
        plugin_key: hash(&[plugin]),
        ..meta(Kind::Module, id, needs, line)
    })
}

pub(super) fn factory(
    name: &'static str,
    provides: ServiceMeta,
    needs: &[Dependency],
    line: u32,
) -> Entry {
    listed(FeatureMeta {
        provides: Some(keep(provides)),
        ..meta(Kind::Factory, name, needs, line)
    })
}

pub(super) fn eager(
    name: &'static str,
    provides: ServiceMeta,
    needs: &[Dependency],
    line: u32,
) -> Entry {
    listed(FeatureMeta {
        provides: Some(keep(provides)),
        initialization: Initialization::Eager,
        ..meta(Kind::Factory, name, needs, line)
    })
}

pub(super) fn decorator(
    name: &'static str,
    wraps: ServiceMeta,
    needs: &[Dependency],
    line: u32,
) -> Entry {
    listed(FeatureMeta {
        provides: Some(keep(wraps)),
        ..meta(Kind::Decorator, name, needs, line)
    })
}

/// The same feature, listed at another place.
pub(super) fn again(entry: Entry) -> Entry {
    Entry {
        place: place(entry.place.line + 100),
        ..entry
    }
}

pub(super) fn defaults(entries: &[Entry]) -> Entry {
    list("acme::defaults", Precedence::Overridable, entries)
}

pub(super) fn list(name: &'static str, precedence: Precedence, entries: &[Entry]) -> Entry {
    let set = FeatureSet {
        name,
        precedence,
        entries: keep(entries.to_vec()),
    };
    Entry {
        spelled: name,
        listing: Listing::Set(keep(set)),
        place: place(900),
        position: 0,
    }
}
