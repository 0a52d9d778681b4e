//! The services that the container itself provides: what a factory needs in order to know for whom it
//! builds, and to take part in start and stop.
//!
//! They are sealed, and in every backend without being listed. Plugins rarely take them: the lifecycle
//! and metadata services are the friendlier face of the same thing.

use core::any::TypeId;
use std::sync::Arc;

use crate::context::{PluginContext, RootContext};
use crate::feature::{FeatureMeta, Initialization, Kind};
use crate::place::Place;
use crate::service::{One, Scope, Service, ServiceMeta, hash};

const PACKAGE: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = env!("CARGO_PKG_VERSION");

macro_rules! here {
    () => {
        Place {
            package: PACKAGE,
            version: VERSION,
            file: file!(),
            line: line!(),
            column: column!(),
        }
    };
}

/// A service that this crate declares.
pub(crate) const fn service(
    id: &'static str,
    scope: Scope,
    type_name: &'static str,
    type_id: fn() -> TypeId,
) -> ServiceMeta {
    ServiceMeta {
        id,
        key: hash(&[id]),
        fingerprint: hash(&[module_path!(), VERSION, type_name]),
        scope,
        sealed: true,
        multiton: false,
        type_name,
        provided_by: None,
        module: module_path!(),
        place: here!(),
        type_id,
    }
}

const fn feature(provides: &'static ServiceMeta) -> FeatureMeta {
    FeatureMeta {
        kind: Kind::BuiltIn,
        id: provides.id,
        key: provides.key,
        plugin: "",
        plugin_key: 0,
        provides: Some(provides),
        dependencies: &[],
        initialization: Initialization::Lazy,
        place: here!(),
    }
}

impl Service for RootContext {
    const META: &'static ServiceMeta = &service(
        "core.rootContext",
        Scope::Root,
        "RootContext",
        TypeId::of::<Arc<RootContext>>,
    );
    type Arity = One;
}

impl Service for PluginContext {
    const META: &'static ServiceMeta = &service(
        "core.pluginContext",
        Scope::Plugin,
        "PluginContext",
        TypeId::of::<Arc<PluginContext>>,
    );
    type Arity = One;
}

/// The container's own features, which come before every entry.
pub(crate) const ALL: [&FeatureMeta; 2] =
    [&feature(RootContext::META), &feature(PluginContext::META)];
