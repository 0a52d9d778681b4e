//! A small backend with one of each: what is used, replaced, unused, optional and built in any case.
//!
//! It takes nothing of other crates, so that the places in the snapshots are those of this file alone.

use std::sync::Arc;

use greenroom_di_core::feature::{Feature, FeatureMeta, Listed, Listing};
use greenroom_di_core::service::hash;
use greenroom_di_core::{Entry, Place};

use crate::{
    Backend, backend_module, backend_plugin, extension_point, features, service, service_decorator,
    service_factory,
};

#[service(id = "acme.clock", scope = "root")]
struct Clock;

#[service(id = "acme.store")]
struct Store;

#[service(id = "acme.report")]
struct Report;

#[service(id = "acme.cache")]
struct Cache;

#[service(id = "acme.metrics", scope = "root")]
struct Metrics;

#[service_factory]
fn clock() -> Arc<Clock> {
    Arc::new(Clock)
}

#[service_factory]
fn store(_clock: Arc<Clock>) -> Arc<Store> {
    Arc::new(Store)
}

#[service_factory]
fn report(_store: Arc<Store>) -> Arc<Report> {
    Arc::new(Report)
}

features! {
    /// What every backend of the company has.
    #[overridable]
    standard = [clock, store, report]
}

#[service_factory]
fn slow_clock() -> Arc<Clock> {
    Arc::new(Clock)
}

#[service_factory(eager)]
fn metrics(_clock: Arc<Clock>) -> Arc<Metrics> {
    Arc::new(Metrics)
}

#[backend_plugin(id = "shop")]
fn shop(
    _store: Arc<Store>,
    _clock: Arc<Clock>,
    _cache: Option<Arc<Cache>>,
    _gifts: GiftList,
    _checks: Vec<Arc<Check>>,
) {
}

#[backend_plugin(id = "blog")]
fn blog(_store: Arc<Store>) {}

/// The gifts of the shop, which modules add.
#[extension_point(plugin = "shop", id = "shop.gifts")]
#[derive(Default)]
struct GiftList;

#[extension_point(plugin = "shop", id = "shop.ribbons")]
#[derive(Default)]
struct Ribbons;

#[backend_module(plugin = "shop", id = "gifts")]
fn gifts(_gifts: &mut GiftList, _ribbons: Ribbons, _clock: Arc<Clock>) {}

#[backend_module(plugin = "shop", id = "ribbons")]
fn ribbons(_ribbons: &mut Ribbons) {}

/// Any number of them.
#[service(id = "acme.checks", multiton)]
struct Check;

#[service_factory]
fn first_check(_clock: Arc<Clock>) -> Arc<Check> {
    Arc::new(Check)
}

#[service_factory]
fn second_check() -> Arc<Check> {
    Arc::new(Check)
}

#[service_decorator]
fn counted(store: Arc<Store>, _metrics: Arc<Metrics>) -> Arc<Store> {
    store
}

/// A feature of another crate.
pub(super) struct Foreign;

impl Listed for Foreign {
    const LISTING: Listing = match <gifts as Listed>::LISTING {
        Listing::Feature(feature) => Listing::Feature(Feature {
            meta: &FeatureMeta {
                id: "foreign",
                key: hash(&["shop", "foreign"]),
                dependencies: &[],
                place: Place {
                    package: "acme-gifts",
                    version: "1.2.0",
                    file: "/home/jane/.cargo/registry/src/index/acme-gifts-1.2.0/src/lib.rs",
                    line: 6,
                    column: 8,
                },
                ..*feature.meta
            },
            run: feature.run,
        }),
        list => list,
    };
}

pub(super) fn backend() -> Backend {
    let entries = [
        Entry::of::<standard>(),
        Entry::of::<slow_clock>(),
        Entry::of::<metrics>(),
        Entry::of::<shop>(),
        Entry::of::<blog>(),
        Entry::of::<ribbons>(),
        Entry::of::<gifts>(),
        Entry::of::<Foreign>(),
        Entry::of::<first_check>(),
        Entry::of::<second_check>(),
        Entry::of::<counted>(),
    ];
    Backend::compose(&entries).expect("it is sound")
}

features! {
    /// Another list that shares a default.
    #[overridable]
    other = [clock]
}

/// Two lists have one default in common.
pub(super) fn repeating() -> Backend {
    let entries = [
        Entry::of::<standard>(),
        Entry::of::<other>(),
        Entry::of::<blog>(),
    ];
    Backend::compose(&entries).expect("lists may share a default")
}
