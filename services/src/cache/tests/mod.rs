//! The service as a whole, in memory and before servers that say nothing or no. What needs a real Redis is in the tests of
//! the facade.

mod away;
mod counters;
mod metrics;
mod refused;
mod server;
mod single_flight;
mod tags;
mod values;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Cache, CacheSettings, RootCache};
use crate::clock::testing::with_the_timers;
use crate::config::{Config, FromConfig as _};
use crate::logger::LoggerService as _;
use crate::root_http_router::testing::Recorder;

const MINUTE: Duration = Duration::from_mins(1);

fn settings(cache: Value) -> CacheSettings {
    let config = Config::from_json(json!({ "backend": { "cache": cache } }));
    CacheSettings::from_config(&config).expect("the settings of a test are valid")
}

fn root(cache: Value, log: &Recorder) -> RootCache {
    let clock = with_the_timers(SystemTime::UNIX_EPOCH);
    let root = RootCache::new(&settings(cache), clock, &log.root());
    root.expect("nothing is wrong with the settings")
}

/// The cache of the plugin `shop`, in memory.
fn cache() -> Cache {
    cache_of(&root(json!({}), &Recorder::default()), "shop")
}

fn cache_of(root: &RootCache, plugin: &str) -> Cache {
    root.for_plugin(plugin, Recorder::default().child(Default::default()))
}

/// A logger that keeps what it is told.
fn logged(root: &RootCache, log: &Recorder) -> Cache {
    let log: Arc<Recorder> = Arc::new(log.clone());
    root.for_plugin("shop", log.child(Default::default()))
}
