//! Stand-ins for plugins that are extended and not there, so that a module can be tested alone.
//!
//! It is done while the test compiles: the stand-ins are features like any other, made of what is listed, so
//! that the check of the graph needs no exception and still says all that is wrong. A stand-in offers the
//! extension points that the modules of its plugin write to, and keeps what they wrote for the test to read.
//!
//! All here is `const fn`s over constant data, in the order in which `test_backend!` calls them.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use greenroom::__private::{
    Dependency, Entry, Feature, FeatureMeta, FeatureSet, Initialization, Inject, Injector,
    Instance, Kind, Listed, Listing, Need, Node, Outcome, Place, PointMeta, Precedence, Request,
    Run, Supply,
};
use greenroom::{BoxError, ExtensionPoint, RootContext};

/// The position of the entries that the kit adds.
pub const OF_THE_KIT: u32 = u32::MAX - 1;

const HERE: Place = Place {
    package: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    file: file!(),
    line: line!(),
    column: column!(),
};

/// How many stand-ins the listed features need.
#[must_use]
pub const fn count_stand_ins(nodes: &[Node]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < nodes.len() {
        if is_first_orphan(nodes, at) {
            count += 1;
        }
        at += 1;
    }
    count
}

/// How many parameters the stand-ins have together.
#[must_use]
pub const fn count_requests(nodes: &[Node]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < nodes.len() {
        if is_first_orphan(nodes, at) {
            count += 1 + count_points(nodes, nodes[at].meta.plugin_key);
        }
        at += 1;
    }
    count
}

/// What the stand-ins ask for: each for the backend's context, then for its points.
#[must_use]
pub const fn requests<const N: usize>(nodes: &[Node]) -> [Request; N] {
    let mut requests = [*<Arc<RootContext> as Inject>::REQUEST; N];
    let mut next = 0;
    let mut at = 0;
    while at < nodes.len() {
        if is_first_orphan(nodes, at) {
            next += 1;
            let plugin = nodes[at].meta.plugin_key;
            let mut writer = 0;
            while writer < nodes.len() {
                let mut parameter = 0;
                while parameter < nodes[writer].meta.dependencies.len() {
                    if let Some(point) = wanted(nodes, plugin, writer, parameter) {
                        requests[next] = Request {
                            need: Need::Offer(point),
                            receive: keep,
                        };
                        next += 1;
                    }
                    parameter += 1;
                }
                writer += 1;
            }
        }
        at += 1;
    }
    requests
}

/// The parameters of the stand-ins.
#[must_use]
pub const fn taken<const N: usize>(requests: &'static [Request; N]) -> [Dependency; N] {
    let mut taken = [Dependency {
        request: <Arc<RootContext> as Inject>::REQUEST,
        name: "kept",
        spelled: "an extension point of the test",
        line: HERE.line,
        column: HERE.column,
    }; N];
    let mut at = 0;
    while at < N {
        taken[at].request = &requests[at];
        at += 1;
    }
    taken
}

/// The stand-ins, as plugins.
#[must_use]
pub const fn stand_ins<const N: usize, const D: usize>(
    nodes: &[Node],
    taken: &'static [Dependency; D],
) -> [FeatureMeta; N] {
    let mut metas = [FeatureMeta {
        kind: Kind::Plugin,
        id: "",
        key: 0,
        plugin: "",
        plugin_key: 0,
        provides: None,
        dependencies: &[],
        initialization: Initialization::Lazy,
        place: HERE,
    }; N];
    let mut rest: &'static [Dependency] = taken;
    let mut next = 0;
    let mut at = 0;
    while at < nodes.len() {
        if is_first_orphan(nodes, at) {
            let module = nodes[at].meta;
            let (own, others) = rest.split_at(1 + count_points(nodes, module.plugin_key));
            rest = others;
            metas[next].id = module.plugin;
            metas[next].key = module.plugin_key;
            metas[next].dependencies = own;
            next += 1;
        }
        at += 1;
    }
    metas
}

/// The stand-ins as entries.
#[must_use]
pub const fn entries<const N: usize>(metas: &'static [FeatureMeta; N]) -> [Entry; N] {
    let mut entries = [of_the_kit("", Listing::Set(&NOTHING)); N];
    let mut at = 0;
    while at < N {
        let meta = &metas[at];
        entries[at] = of_the_kit(meta.id, Listing::Feature(Feature { meta, run }));
        at += 1;
    }
    entries
}

/// The stand-ins as a list.
#[must_use]
pub const fn set(entries: &'static [Entry]) -> FeatureSet {
    FeatureSet { entries, ..NOTHING }
}

/// What was listed, between the kit's defaults and the stand-ins.
#[must_use]
pub const fn with_stand_ins<const N: usize>(
    listed: &[Entry],
    stand_ins: &'static FeatureSet,
) -> [Entry; N] {
    let mut all = [of_the_kit("a stand-in", Listing::Set(stand_ins)); N];
    all[0] = of_the_kit("greenroom_test_kit::defaults", crate::defaults::LISTING);
    let mut at = 0;
    while at < listed.len() {
        all[at + 1] = listed[at];
        at += 1;
    }
    all
}

const NOTHING: FeatureSet = FeatureSet {
    name: "",
    precedence: Precedence::Explicit,
    entries: &[],
};

const fn of_the_kit(spelled: &'static str, listing: Listing) -> Entry {
    Entry {
        spelled,
        listing,
        place: HERE,
        position: OF_THE_KIT,
    }
}

/// Whether a node is a module without a plugin, and the first of that plugin.
const fn is_first_orphan(nodes: &[Node], at: usize) -> bool {
    if !matches!(nodes[at].meta.kind, Kind::Module) {
        return false;
    }
    let plugin = nodes[at].meta.plugin_key;
    let mut other = 0;
    while other < nodes.len() {
        let meta = nodes[other].meta;
        match meta.kind {
            Kind::Plugin if meta.key == plugin => return false,
            Kind::Module if other < at && meta.plugin_key == plugin => return false,
            _ => {}
        }
        other += 1;
    }
    true
}

const fn count_points(nodes: &[Node], plugin: u64) -> usize {
    let mut count = 0;
    let mut node = 0;
    while node < nodes.len() {
        let mut parameter = 0;
        while parameter < nodes[node].meta.dependencies.len() {
            if wanted(nodes, plugin, node, parameter).is_some() {
                count += 1;
            }
            parameter += 1;
        }
        node += 1;
    }
    count
}

/// The point that a parameter writes to, if the stand-in of its plugin has to offer it and no parameter
/// before this one names it.
const fn wanted(
    nodes: &[Node],
    plugin: u64,
    node: usize,
    parameter: usize,
) -> Option<&'static PointMeta> {
    let meta = nodes[node].meta;
    if !matches!(meta.kind, Kind::Module) || meta.plugin_key != plugin {
        return None;
    }
    let Need::Extend(point) = meta.dependencies[parameter].need() else {
        return None;
    };
    if point.plugin_key != plugin {
        return None;
    }
    let mut other = 0;
    while other < nodes.len() {
        let dependencies = nodes[other].meta.dependencies;
        let mut at = 0;
        while at < dependencies.len() {
            let before = other < node || (other == node && at < parameter);
            match dependencies[at].need() {
                Need::Offer(offered) if offered.service.key == point.service.key => return None,
                Need::Extend(other) if before && other.service.key == point.service.key => {
                    return None;
                }
                _ => {}
            }
            at += 1;
        }
        other += 1;
    }
    Some(point)
}

/// Takes an extension point without a look at its type, which a stand-in does not know.
fn keep(supply: Supply<'_>, slot: &mut dyn Any) -> Result<(), BoxError> {
    if let Some(slot) = slot.downcast_mut() {
        *slot = supply.instance.cloned();
    }
    Ok(())
}

/// The init of a stand-in: it keeps its points for the test.
fn run(mut injector: Injector) -> Run {
    Box::pin(async move {
        let context: Arc<RootContext> = injector.take()?;
        let points = context.input::<Points>().cloned().unwrap_or_default();
        while let Ok(point) = injector.take::<Instance>() {
            points.lock().push(point);
        }
        Outcome::outcome(())
    })
}

/// The extension points that modules of absent plugins wrote to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Points(Arc<Mutex<Vec<Instance>>>);

impl Points {
    /// Takes a point out.
    pub(crate) fn take<T: ExtensionPoint>(&self) -> Option<T> {
        let points = self.lock().clone();
        points.iter().find_map(|point| {
            let supply = Supply {
                instance: Some(point),
                plugin: None,
            };
            supply.point::<T>().ok()
        })
    }

    /// Lets all points go: they may hold services, and those the context that holds the points.
    pub(crate) fn clear(&self) {
        let points = std::mem::take(&mut *self.lock());
        drop(points);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Instance>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
