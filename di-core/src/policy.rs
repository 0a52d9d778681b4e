//! What a start does about a plugin that fails, and which plugins take part in it at all.
//!
//! The container reads the policy from a root service like any other, so that whoever owns the
//! configuration decides what it is read from. Without one, every plugin takes part and the first failure
//! ends the start.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::builtin;
use crate::service::{One, Scope, Service, ServiceMeta};

/// What a failure during the start comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The start fails, once everything that does not depend on the failure was tried.
    #[default]
    Abort,
    /// The failure is logged, what depends on it stays down, and the rest of the backend starts.
    Continue,
}

/// How a backend starts: `core.startupPolicy`, a root service that the container itself reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartupPolicy {
    /// For a plugin that says nothing of its own.
    pub on_plugin_failure: OnFailure,
    /// For a module that says nothing of its own.
    pub on_module_failure: OnFailure,
    /// The plugins that say something of their own, by id.
    pub plugins: BTreeMap<String, PluginPolicy>,
}

/// How one plugin starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginPolicy {
    /// Whether the plugin and its modules are left out.
    pub disabled: bool,
    /// What a failure of the plugin comes to.
    pub on_failure: Option<OnFailure>,
    /// What a failure of each of its modules comes to, by the module's id.
    pub modules: BTreeMap<String, OnFailure>,
}

impl StartupPolicy {
    /// Whether a plugin takes part in the start.
    #[must_use]
    pub fn is_enabled(&self, plugin: &str) -> bool {
        self.plugins
            .get(plugin)
            .is_none_or(|policy| !policy.disabled)
    }

    /// What a failure of a plugin comes to.
    #[must_use]
    pub fn for_plugin(&self, plugin: &str) -> OnFailure {
        self.plugins
            .get(plugin)
            .and_then(|policy| policy.on_failure)
            .unwrap_or(self.on_plugin_failure)
    }

    /// What a failure of a module comes to.
    #[must_use]
    pub fn for_module(&self, plugin: &str, module: &str) -> OnFailure {
        self.plugins
            .get(plugin)
            .and_then(|policy| policy.modules.get(module).copied())
            .unwrap_or(self.on_module_failure)
    }
}

impl Service for StartupPolicy {
    const META: &'static ServiceMeta = &ServiceMeta {
        sealed: false,
        provided_by: Some("greenroom::services::startup_policy"),
        ..builtin::service(
            "core.startupPolicy",
            Scope::Root,
            "StartupPolicy",
            TypeId::of::<Arc<StartupPolicy>>,
        )
    };
    type Arity = One;
}
