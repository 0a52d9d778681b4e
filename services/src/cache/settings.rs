//! `backend.cache` in the configuration, with the anchor's keys and a few more.

use std::time::Duration;

use greenroom_di_core::BoxError;
use serde_json::{Value, json};

use super::redis::{self, Patience, RedisSettings};
use crate::config::{ByteSize, Config, ConfigSchema, FromConfig, Mistakes};
use crate::root_http_router::{describe_duration, duration};

const STORE: &str = "backend.cache.store";
const CONNECTION: &str = "backend.cache.connection";
const DEFAULT_TTL: &str = "backend.cache.defaultTtl";
const MAX_SIZE: &str = "backend.cache.memory.maxSize";
const DEADLINE: &str = "backend.cache.deadline";
const FAILURES: &str = "backend.cache.breaker.failures";
const PAUSE: &str = "backend.cache.breaker.pause";
const TLS: &str = "backend.cache.tls";

const DEFAULT_DEADLINE: Duration = Duration::from_millis(500);

/// Where values are kept, and for how long.
#[derive(Clone, Debug)]
pub struct CacheSettings {
    pub(super) store: StoreSettings,
    pub(super) default_ttl: Option<Duration>,
}

/// A store with what it needs.
#[derive(Clone, Debug)]
pub(super) enum StoreSettings {
    Memory { max_size: ByteSize },
    Redis(Box<RedisStoreSettings>),
}

/// What a store in Redis needs.
#[derive(Clone, Debug)]
pub(super) struct RedisStoreSettings {
    /// `redis` or `valkey`.
    pub(super) name: &'static str,
    pub(super) server: RedisSettings,
    pub(super) patience: Patience,
    /// What stands before the plugin's id.
    pub(super) namespace: String,
}

const DEFAULT_SIZE: ByteSize = ByteSize::bytes(64 * 1024 * 1024);

impl Default for CacheSettings {
    /// In memory, 64 MB of it.
    fn default() -> Self {
        let max_size = DEFAULT_SIZE;
        Self {
            store: StoreSettings::Memory { max_size },
            default_ttl: None,
        }
    }
}

impl FromConfig for CacheSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.cache.store` | `memory`, `redis` or `valkey` | `memory` |
    /// | `backend.cache.connection` | URL such as `redis://cache.example.com:6379`, or an object | none; needed by `redis` and `valkey` without a cluster |
    /// | `backend.cache.defaultTtl` | duration or milliseconds | none: for good |
    /// | `backend.cache.deadline` | likewise | 500 ms, for a call |
    /// | `backend.cache.breaker.failures` | 1 or more | 5 in a row, and the server is not asked any more |
    /// | `backend.cache.breaker.pause` | duration or milliseconds | 1 s, until it is looked whether it is back |
    /// | `backend.cache.memory.maxSize` | bytes or a size such as `100mb` | 64 MB |
    /// | `backend.cache.tls.{ca,cert,key}` | PEM text | the system's authorities, no certificate of the backend's own |
    /// | `backend.cache.redis.client.{namespace,keyPrefixSeparator}` | text | none, `:` |
    /// | `backend.cache.valkey.client.keyPrefix` | text | none |
    /// | `backend.cache.{redis,valkey}.cluster.{rootNodes,defaults,useReplicas,maxCommandRedirections}` | | no cluster |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let default_ttl = optional_duration(config, DEFAULT_TTL, &mut mistakes);
        let max_size = mistakes.take(config.get_optional(MAX_SIZE)).flatten();
        let max_size = max_size.unwrap_or(DEFAULT_SIZE);
        let name = mistakes.take(store_name(config)).unwrap_or("memory");
        let store = match name {
            "memory" => Some(StoreSettings::Memory { max_size }),
            name => redis_store(config, name, &mut mistakes)
                .map(|settings| StoreSettings::Redis(Box::new(settings))),
        };
        mistakes.finish(Self {
            store: store.unwrap_or(StoreSettings::Memory { max_size }),
            default_ttl,
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_schema(
            STORE,
            json!({ "enum": ["memory", "redis", "valkey"] }),
            "Where the cache keeps values: in this process, or on a server for all of them.",
        );
        schema.add_schema(
            CONNECTION,
            json!({ "type": ["string", "object"], "writeOnly": true }),
            "The server, as a URL such as `redis://cache.example.com:6379` or as an object.",
        );
        describe_duration(
            schema,
            DEFAULT_TTL,
            "How long values are kept that say nothing else.",
        );
        describe_duration(schema, DEADLINE, "For a call of the server.");
        schema.add_schema(
            FAILURES,
            json!({ "type": "integer", "minimum": 1 }),
            "How many calls fail in a row before the server is not asked any more.",
        );
        describe_duration(
            schema,
            PAUSE,
            "How long a server is left alone before it is looked whether it is back.",
        );
        schema.add_key::<ByteSize>(MAX_SIZE, "How much memory the values take at most.");
        redis::describe_tls(schema, TLS);
        schema.add_key::<String>(
            "backend.cache.redis.client.namespace",
            "What stands before the ids of plugins in keys.",
        );
        schema.add_key::<String>(
            "backend.cache.redis.client.keyPrefixSeparator",
            "What stands between the namespace and the ids of plugins.",
        );
        schema.add_key::<String>(
            "backend.cache.valkey.client.keyPrefix",
            "What stands before the ids of plugins in keys, as it is.",
        );
        for name in ["redis", "valkey"] {
            redis::describe_cluster(schema, &format!("backend.cache.{name}.cluster"));
        }
    }
}

fn store_name(config: &Config) -> Result<&'static str, crate::config::ConfigError> {
    let written: Option<String> = config.get_optional(STORE)?;
    match written.as_deref() {
        None | Some("memory") => Ok("memory"),
        Some("redis") => Ok("redis"),
        Some("valkey") => Ok("valkey"),
        Some(other @ ("memcache" | "infinispan")) => Err(config.refusal(
            STORE,
            format!("`{other}` is not supported: use `memory`, `redis` or `valkey`"),
        )),
        Some(_) => Err(config.refusal(STORE, "it must be `memory`, `redis` or `valkey`")),
    }
}

fn redis_store(
    config: &Config,
    name: &'static str,
    mistakes: &mut Mistakes,
) -> Option<RedisStoreSettings> {
    let deadline = optional_duration(config, DEADLINE, mistakes);
    let failures: Option<u32> = mistakes.take(config.get_optional(FAILURES)).flatten();
    if failures == Some(0) {
        mistakes.take::<(), _>(Err(config.refusal(FAILURES, "it must be 1 or more")));
    }
    let pause = optional_duration(config, PAUSE, mistakes);
    let namespace = mistakes.take(namespace(config, name));
    let cluster = format!("backend.cache.{name}.cluster");
    let tls = redis::read_tls(config, TLS, mistakes);
    let server = redis::read(config, CONNECTION, Some(&cluster), tls, mistakes);
    let default = Patience::default();
    Some(RedisStoreSettings {
        name,
        server: server?,
        patience: Patience {
            deadline: deadline.unwrap_or(DEFAULT_DEADLINE),
            failures: failures.unwrap_or(default.failures),
            pause: pause.unwrap_or(default.pause),
        },
        namespace: namespace?,
    })
}

/// Of Redis with a separator, of Valkey as it is written, as the anchor has them.
fn namespace(config: &Config, name: &str) -> Result<String, crate::config::ConfigError> {
    let read =
        |key: &str| config.get_optional::<String>(&format!("backend.cache.{name}.client.{key}"));
    if name == "valkey" {
        return Ok(read("keyPrefix")?.unwrap_or_default());
    }
    let separator = read("keyPrefixSeparator")?.unwrap_or_else(|| ":".to_owned());
    let namespace = read("namespace")?.filter(|namespace| !namespace.is_empty());
    Ok(namespace.map_or_else(String::new, |namespace| namespace + &separator))
}

/// A duration of more than no time.
fn optional_duration(config: &Config, key: &str, mistakes: &mut Mistakes) -> Option<Duration> {
    // What cannot be read, the reader of durations tells.
    if let Ok(None | Some(Value::Null)) = config.get_optional::<Value>(key) {
        return None;
    }
    let read = duration(config, key, 1, mistakes);
    if read.is_zero() {
        mistakes.take::<(), _>(Err(config.refusal(key, "it must be longer than 0")));
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cache: Value) -> Result<CacheSettings, Vec<String>> {
        let config = Config::from_json(json!({ "backend": { "cache": cache } }));
        let told = |mistakes: Vec<BoxError>| mistakes.iter().map(ToString::to_string).collect();
        CacheSettings::from_config(&config).map_err(told)
    }

    fn redis_of(cache: Value) -> RedisStoreSettings {
        match read(cache).expect("it is valid").store {
            StoreSettings::Redis(settings) => *settings,
            StoreSettings::Memory { .. } => panic!("it is in memory"),
        }
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = read(json!({})).expect("nothing is configured");
        assert_eq!(settings.default_ttl, None);
        let StoreSettings::Memory { max_size } = settings.store else {
            panic!("it is in memory");
        };
        assert_eq!(max_size.as_u64(), 67_108_864);
        let redis = redis_of(json!({ "store": "redis", "connection": "redis://a.test" }));
        assert_eq!(redis.patience.deadline, Duration::from_millis(500));
        assert_eq!(redis.patience.failures, 5);
        assert_eq!(redis.patience.pause, Duration::from_secs(1));
        assert_eq!(redis.server.shown(), "a.test:6379");
    }

    #[test]
    fn the_anchors_forms_are_understood() {
        for (ttl, expected) in [
            (json!(3_600_000), 3600),
            (json!({ "hours": 1 }), 3600),
            (json!("PT5M"), 300),
            (json!("30s"), 30),
        ] {
            let settings = read(json!({ "defaultTtl": ttl })).expect("it is valid");
            assert_eq!(settings.default_ttl, Some(Duration::from_secs(expected)));
        }
        let client = json!({ "namespace": "prod", "keyPrefixSeparator": "::" });
        for (cache, namespace) in [
            (
                json!({ "store": "redis", "connection": "redis://a.test", "redis": { "client": client } }),
                "prod::",
            ),
            (
                json!({
                    "store": "valkey",
                    "connection": "redis://a.test",
                    "valkey": { "client": { "keyPrefix": "prod-" } },
                }),
                "prod-",
            ),
            (
                json!({ "store": "redis", "connection": "redis://a.test" }),
                "",
            ),
        ] {
            assert_eq!(redis_of(cache).namespace, namespace);
        }
    }

    #[test]
    fn every_mistake_is_told_by_its_key_and_without_secrets() {
        for (cache, key, told) in [
            (json!({ "store": "memcache" }), STORE, "`redis`"),
            (json!({ "store": "infinispan" }), STORE, "not supported"),
            (json!({ "store": "disk" }), STORE, "`valkey`"),
            (json!({ "store": "redis" }), CONNECTION, "redis://"),
            (
                json!({ "store": "redis", "connection": "hunter2" }),
                CONNECTION,
                "redis://",
            ),
            (json!({ "defaultTtl": "soon" }), DEFAULT_TTL, ""),
            (json!({ "defaultTtl": 0 }), DEFAULT_TTL, "longer than 0"),
            (json!({ "memory": { "maxSize": "much" } }), MAX_SIZE, ""),
            (
                json!({ "store": "redis", "connection": "redis://a", "breaker": { "failures": 0 } }),
                FAILURES,
                "1 or more",
            ),
            (
                json!({ "store": "redis", "connection": "redis://a", "tls": { "ca": "x" } }),
                "backend.cache.tls",
                "PEM",
            ),
            (
                json!({ "store": "redis", "redis": { "cluster": { "rootNodes": [] } } }),
                "backend.cache.redis.cluster.rootNodes",
                "one node",
            ),
        ] {
            let mistakes = read(cache).expect_err("it is wrong");
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            assert!(mistakes[0].contains(key), "{mistakes:?}");
            assert!(mistakes[0].contains(told), "{mistakes:?}");
            assert!(!mistakes[0].contains("hunter2"), "{mistakes:?}");
        }
    }

    #[test]
    fn settings_do_not_print_a_password() {
        let settings = read(json!({ "store": "redis", "connection": "redis://me:hunter2@a.test" }));
        let shown = format!("{:?}", settings.expect("it is valid"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
