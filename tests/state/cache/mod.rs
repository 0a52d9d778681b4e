//! `core.cache` on memory and on Redis: the same suite on both, and what happens when Redis goes away and comes back.

mod away;
mod backend;
mod cluster;
mod rate_limit;
mod server;
mod stores;
mod suite;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use greenroom::cache::{Cache, CacheSettings, RootCache};
use greenroom::clock::ClockService;
use greenroom::config::{Config, FromConfig as _};
use greenroom_test_kit::mock_services::{FakeLogger, FakeRootLogger};
use serde_json::{Value, json};

pub use cluster::RedisCluster;
pub use server::{RedisServer, certificate, is_installed};

pub const MINUTE: Duration = Duration::from_mins(1);

/// A clock that a test sets.
pub struct SetClock(Mutex<SystemTime>);

impl SetClock {
    pub fn now() -> Arc<Self> {
        let now = greenroom::clock::SystemClock.now();
        Arc::new(Self(Mutex::new(now)))
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl ClockService for SetClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cache as a process has it.
pub struct Process {
    pub root: RootCache,
    pub clock: Arc<SetClock>,
    pub log: Arc<FakeRootLogger>,
}

/// One with this in `backend.cache`. Its deadline is long, for machines that do other things too.
pub fn process(mut cache: Value) -> Process {
    if cache.get("deadline").is_none() {
        cache["deadline"] = json!("10s");
    }
    let config = Config::from_json(json!({ "backend": { "cache": cache } }));
    let settings = CacheSettings::from_config(&config).expect("the settings are valid");
    let (clock, log) = (SetClock::now(), FakeRootLogger::new());
    let root = RootCache::new(&settings, clock.clone(), &(log.clone() as _));
    Process {
        root: root.expect("the settings are valid"),
        clock,
        log,
    }
}

impl Process {
    pub fn cache(&self, plugin: &str) -> Cache {
        self.root.for_plugin(plugin, FakeLogger::new())
    }
}

pub fn on(server: &RedisServer) -> Value {
    json!({ "store": "redis", "connection": server.url() })
}
