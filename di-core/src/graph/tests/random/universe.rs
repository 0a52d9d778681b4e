//! The services, points and plugins that random backends are made of.
//!
//! They are few and fixed, so that features meet often. Each service and point is declared twice: what
//! asks for the second declaration of an id and gets the first has found two that never meet.

use std::fmt;

use crate::builtin;
use crate::graph::tests::build::{constructed, declared_again, multiton, own, point, root, sealed};
use crate::service::{PointMeta, Scope, ServiceMeta};

/// What a factory builds: a service, or the value of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Service(usize),
    Point(usize),
}

/// One of the two declarations of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) what: What,
    pub(super) copy: bool,
}

impl fmt::Debug for Thing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let again = if self.copy { " (declared again)" } else { "" };
        write!(formatter, "{:?}{again}", self.what)
    }
}

/// Services of the backend come first: a service that needs those before it alone is in no cycle and has
/// no wrong scope.
pub(super) const SERVICES: usize = 8;
pub(super) const ROOTS: usize = 4;
/// The services of the container, after the others.
pub(super) const BUILT_IN: [usize; 2] = [8, 9];
/// Services that can be decorated.
pub(super) const OPEN: [usize; 4] = [0, 1, 4, 5];
pub(super) const PLUGINS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];
pub(super) const MODULES: [&str; 6] = ["m0", "m1", "m2", "m3", "m4", "m5"];
/// The plugin of each point.
pub(super) const POINTS: [usize; 6] = [0, 0, 0, 1, 1, 2];

pub(super) struct Universe {
    services: Vec<[ServiceMeta; 2]>,
    points: Vec<[PointMeta; 2]>,
}

impl Universe {
    pub(super) fn new() -> Self {
        let again = declared_again;
        let pair = |service: ServiceMeta| [service, again(service)];
        let single = |service: ServiceMeta| [multiton(service), again(service)];
        let [of_root, of_plugin] = builtin::ALL.map(|meta| {
            let service = *meta.provides.expect("a built-in is a service");
            let open = ServiceMeta {
                sealed: false,
                ..again(service)
            };
            [service, open]
        });
        let services = vec![
            pair(root("acme.root")),
            [root("acme.list"), multiton(again(root("acme.list")))],
            pair(sealed(root("acme.rootSealed"))),
            single(root("acme.rootMany")),
            [own("acme.own"), sealed(again(own("acme.own")))],
            pair(own("acme.other")),
            [sealed(own("acme.ownSealed")), again(own("acme.ownSealed"))],
            pair(multiton(own("acme.ownMany"))),
            of_root,
            of_plugin,
        ];
        let ids = [
            "acme.p0", "acme.p1", "acme.p2", "acme.p3", "acme.p4", "acme.p5",
        ];
        let points = ids
            .iter()
            .zip(POINTS)
            .enumerate()
            .map(|(at, (id, plugin))| {
                let point = point(PLUGINS[plugin], id);
                let point = if at % 3 == 1 {
                    constructed(point)
                } else {
                    point
                };
                let copy = PointMeta {
                    service: again(point.service),
                    ..point
                };
                [point, copy]
            });
        Self {
            services,
            points: points.collect(),
        }
    }

    pub(super) fn service(&self, thing: Thing) -> &ServiceMeta {
        match thing.what {
            What::Service(at) => &self.services[at][usize::from(thing.copy)],
            What::Point(at) => &self.points[at][usize::from(thing.copy)].service,
        }
    }

    /// The declaration of a point.
    pub(super) fn point(&self, thing: Thing) -> Option<&PointMeta> {
        match thing.what {
            What::Service(_) => None,
            What::Point(at) => Some(&self.points[at][usize::from(thing.copy)]),
        }
    }

    pub(super) fn is_root(&self, thing: Thing) -> bool {
        self.service(thing).scope == Scope::Root
    }
}
