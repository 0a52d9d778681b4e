//! Fakes of which each plugin has its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A fake for each plugin that asked for one.
#[derive(Debug)]
pub(super) struct OfPlugins<T>(Mutex<BTreeMap<String, Arc<T>>>);

impl<T> Default for OfPlugins<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> OfPlugins<T> {
    /// That of a plugin, which is made when it is asked for first.
    pub(super) fn get(&self, plugin: &str, make: impl FnOnce() -> Arc<T>) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(plugin.to_owned()).or_insert_with(make))
    }
}
