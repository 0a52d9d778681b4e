//! Settings as parameters: read from the configuration, and checked before anything else is built.

use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use greenroom_di_core::inject::{Audience, Derivation, Findings, Need, Request, Supply, Unread};
use greenroom_di_core::{BoxError, Inject, Instance, Service};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::{
    Config, ConfigSchema, RootConfigService, Settings, check_section, read_section,
    unknown_top_level_keys,
};

/// The section of the framework itself.
const FRAMEWORK: &str = "backend";

const CONFIG: &greenroom_di_core::service::ServiceMeta = <dyn RootConfigService as Service>::META;

/// The configuration as it is now; none only if the graph's own check failed before.
fn config(instance: &Instance) -> Option<Config> {
    Some(instance.get::<dyn RootConfigService>()?.current())
}

impl<T: DeserializeOwned + JsonSchema + Send + Sync + 'static> Inject for Settings<T> {
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Derived(&Derivation {
        from: CONFIG,
        audience: Audience::Plugin,
        check: check_settings::<T>,
        describe: describe_settings::<T>,
    }));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        let config = supply.service::<dyn RootConfigService>()?.current();
        // A factory of the root that takes settings is refused by the graph's check (GR0014).
        let plugin = supply.plugin.ok_or("settings belong to a plugin")?;
        Ok(read_section::<T>(&config, plugin)?)
    }
}

fn check_settings<T: DeserializeOwned + JsonSchema>(
    instance: &Instance,
    plugin: Option<&str>,
) -> Findings {
    let (Some(config), Some(plugin)) = (config(instance), plugin) else {
        return Findings::default();
    };
    let report = check_section::<T>(&config, plugin);
    // Other top-level keys belong to others; but one that is nearly the plugin's id was meant for it.
    let mut misspelt = Vec::new();
    if !config.has(plugin) {
        misspelt = unknown_top_level_keys(&config, &[plugin, FRAMEWORK]);
        misspelt.retain(|key| key.suggestion.as_deref() == Some(plugin));
    }
    let unknown = report.unknown.iter().chain(&misspelt);
    let unread = unknown.map(|unknown| Unread {
        key: unknown.key.clone(),
        warning: unknown.to_string(),
    });
    Findings {
        unread: unread.collect(),
        mistakes: report.errors.into_iter().map(Into::into).collect(),
        ..Findings::default()
    }
}

fn describe_settings<T: JsonSchema>(collector: &mut dyn Any, plugin: Option<&str>) {
    if let (Some(schema), Some(plugin)) = (collector.downcast_mut::<ConfigSchema>(), plugin) {
        schema.add_section::<T>(plugin);
    }
}

/// What a service reads from the configuration, wherever its keys stand: its factory takes it as
/// [`ServiceSettings`], so that its mistakes show together with all others.
pub trait FromConfig: Sized + Send + Sync + 'static {
    /// Reads the keys.
    ///
    /// # Errors
    ///
    /// All mistakes that are found.
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>>;

    /// Adds the keys to the schema of the configuration, which `config schema` shows. What is not added is
    /// read all the same; but a key that holds a secret should be, or `config print` has only its name to
    /// judge by.
    fn describe(_schema: &mut ConfigSchema) {}
}

/// Collects mistakes while settings are read key by key, so that one does not hide the next.
#[derive(Debug, Default)]
pub struct Mistakes(Vec<BoxError>);

impl Mistakes {
    /// The value that was read; a mistake is kept, and gives none.
    pub fn take<T, E: Into<BoxError>>(&mut self, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.0.push(error.into())).ok()
    }

    /// The settings, if there was no mistake.
    ///
    /// # Errors
    ///
    /// All mistakes.
    pub fn finish<T>(self, settings: T) -> Result<T, Vec<BoxError>> {
        if self.0.is_empty() {
            Ok(settings)
        } else {
            Err(self.0)
        }
    }
}

/// Settings of a service: see [`FromConfig`]. A plugin's own are [`Settings`].
#[derive(Debug)]
pub struct ServiceSettings<T>(Arc<T>);

impl<T> ServiceSettings<T> {
    /// Settings that come from elsewhere than the configuration, as in a test.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for ServiceSettings<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for ServiceSettings<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: FromConfig> Inject for ServiceSettings<T> {
    const REQUEST: &'static Request = &Request::of::<Self>(Need::Derived(&Derivation {
        from: CONFIG,
        audience: Audience::Everyone,
        check: check_service_settings::<T>,
        describe: describe_service_settings::<T>,
    }));

    fn receive(supply: Supply<'_>) -> Result<Self, BoxError> {
        let config = supply.service::<dyn RootConfigService>()?.current();
        let read = T::from_config(&config);
        // The check has shown them all; here one is as good as another.
        Ok(Self::new(read.map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            first.unwrap_or_else(|| "the configuration is wrong".into())
        })?))
    }
}

fn check_service_settings<T: FromConfig>(instance: &Instance, _plugin: Option<&str>) -> Findings {
    let mistakes = config(instance).and_then(|config| T::from_config(&config).err());
    Findings {
        mistakes: mistakes.unwrap_or_default(),
        ..Findings::default()
    }
}

fn describe_service_settings<T: FromConfig>(collector: &mut dyn Any, _plugin: Option<&str>) {
    if let Some(schema) = collector.downcast_mut::<ConfigSchema>() {
        T::describe(schema);
    }
}
