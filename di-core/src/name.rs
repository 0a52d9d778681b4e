//! What a unit is called, in one wording for the log, the errors and the report of a start.

use std::fmt;

use crate::feature::{FeatureMeta, Kind};

/// A unit, as people know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) kind: Kind,
    /// The id of the plugin, module or service.
    pub(crate) id: &'static str,
    /// The plugin of a module, or for which a service is.
    pub(crate) plugin: Option<&'static str>,
}

impl Name {
    pub(crate) fn of(meta: &FeatureMeta, plugin: Option<&'static str>) -> Self {
        Self {
            kind: meta.kind,
            id: meta.provides.map_or(meta.id, |service| service.id),
            plugin: plugin.filter(|_| meta.kind != Kind::Plugin),
        }
    }

    pub(crate) fn kind(self) -> &'static str {
        match self.kind {
            Kind::Plugin => "plugin",
            Kind::Module => "module",
            Kind::Decorator => "decorator",
            Kind::Factory | Kind::BuiltIn => "service",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(formatter, self.kind(), self.id, self.plugin)
    }
}

/// Writes what something is called.
pub(crate) fn write(
    formatter: &mut fmt::Formatter<'_>,
    kind: &str,
    id: &str,
    plugin: Option<&str>,
) -> fmt::Result {
    let label = match kind {
        "decorator" => "decorator of service",
        "hook" => "startup hook",
        "task" => "background task",
        other => other,
    };
    write!(formatter, "{label} `{id}`")?;
    let Some(plugin) = plugin else {
        return Ok(());
    };
    // A service is somebody else's, built for the plugin; all others are the plugin's own.
    let relation = match kind {
        "service" | "decorator" => "for",
        _ => "of",
    };
    write!(formatter, " {relation} plugin `{plugin}`")
}

/// A duration as the log tells it.
pub(crate) fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
