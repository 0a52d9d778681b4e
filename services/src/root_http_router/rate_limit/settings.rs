//! `backend.rateLimit` in the configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::config::{Config, ConfigError, ConfigSchema, HumanDuration, Mistakes};

const RATE_LIMIT: &str = "backend.rateLimit";
const PLUGINS: &str = "backend.rateLimit.plugin";
const GLOBAL: &str = "backend.rateLimit.global";
const STORE: &str = "backend.rateLimit.store";

/// The limits that are configured.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct RateLimitSettings {
    pub(in super::super) store: StoreChoice,
    pub(super) global: Option<Limit>,
    pub(super) plugins: Vec<(String, Limit)>,
}

/// Where counts are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum StoreChoice {
    /// In each process by itself.
    #[default]
    Memory,
    /// By the service for shared counts.
    Redis,
}

/// One limit; the default is the anchor's.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) window: Duration,
    pub(super) requests: u64,
    pub(super) exempt: Vec<IpAddr>,
    pub(super) skip_successful: bool,
    pub(super) skip_failed: bool,
    pub(super) pass_on_store_error: bool,
}

impl Default for Limit {
    fn default() -> Self {
        Self {
            window: Duration::from_mins(1),
            requests: 5,
            exempt: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            skip_successful: false,
            skip_failed: false,
            pass_on_store_error: false,
        }
    }
}

/// Reads all limits.
pub(in super::super) fn read(config: &Config, mistakes: &mut Mistakes) -> RateLimitSettings {
    match mistakes
        .take(config.get_optional::<Value>(RATE_LIMIT))
        .flatten()
    {
        None | Some(Value::Null | Value::Bool(false)) => RateLimitSettings::default(),
        Some(Value::Bool(true)) => RateLimitSettings {
            global: Some(Limit::default()),
            ..RateLimitSettings::default()
        },
        Some(Value::Object(_)) => section(config, mistakes),
        Some(_) => {
            let refusal = config.refusal(RATE_LIMIT, "it must be true, false or an object");
            mistakes.take::<(), _>(Err(refusal));
            RateLimitSettings::default()
        }
    }
}

fn section(config: &Config, mistakes: &mut Mistakes) -> RateLimitSettings {
    let store = mistakes.take(store(config)).unwrap_or_default();
    let global: Option<bool> = mistakes.take(config.get_optional(GLOBAL)).flatten();
    let global = global
        .unwrap_or(true)
        .then(|| limit(config, RATE_LIMIT, store, mistakes));
    let plugins: Option<Map<String, Value>> = mistakes.take(config.get_optional(PLUGINS)).flatten();
    let mut limits = Vec::new();
    for (id, value) in plugins.unwrap_or_default() {
        let key = format!("{PLUGINS}.{id}");
        if value.is_object() {
            limits.push((id, limit(config, &key, store, mistakes)));
        } else if !value.is_null() {
            mistakes.take::<(), _>(Err(config.refusal(&key, "it must be an object")));
        }
    }
    RateLimitSettings {
        store,
        global,
        plugins: limits,
    }
}

fn limit(config: &Config, section: &str, store: StoreChoice, mistakes: &mut Mistakes) -> Limit {
    let default = Limit::default();
    let key = |name: &str| format!("{section}.{name}");
    let window: Option<HumanDuration> =
        mistakes.take(config.get_optional(&key("window"))).flatten();
    let window = window.map_or(default.window, Duration::from);
    if window.is_zero() {
        let refusal = config.refusal(&key("window"), "it must be longer than 0");
        mistakes.take::<(), _>(Err(refusal));
    }
    let requests = mistakes
        .take(config.get_optional(&key("incomingRequestLimit")))
        .flatten();
    let exempt = mistakes
        .take(addresses(config, &key("ipAllowList")))
        .flatten();
    let mut flag = |name: &str| {
        let flag: Option<bool> = mistakes.take(config.get_optional(&key(name))).flatten();
        flag
    };
    Limit {
        window,
        requests: requests.unwrap_or(default.requests),
        exempt: exempt.unwrap_or(default.exempt),
        skip_successful: flag("skipSuccessfulRequests").unwrap_or(false),
        skip_failed: flag("skipFailedRequests").unwrap_or(false),
        pass_on_store_error: flag("passOnStoreError").unwrap_or(store == StoreChoice::Redis),
    }
}

fn addresses(config: &Config, key: &str) -> Result<Option<Vec<IpAddr>>, ConfigError> {
    let Some(texts) = config.get_optional::<Vec<String>>(key)? else {
        return Ok(None);
    };
    let parsed = texts.iter().map(|text| {
        let address: Result<IpAddr, _> = text.trim().parse();
        let address = address.map(|address| address.to_canonical());
        address.map_err(|_| config.refusal(key, format!("`{text}` is no IP address")))
    });
    parsed.collect::<Result<_, _>>().map(Some)
}

/// Written as a name, or as an object with that name as its `type`.
fn store(config: &Config) -> Result<StoreChoice, ConfigError> {
    let written: Option<Value> = config.get_optional(STORE)?;
    let name = written
        .as_ref()
        .map(|value| value.get("type").unwrap_or(value));
    match name.map(Value::as_str) {
        None | Some(Some("memory")) => Ok(StoreChoice::Memory),
        Some(Some("redis")) => Ok(StoreChoice::Redis),
        Some(_) => Err(config.refusal(STORE, "it must be `memory` or `redis`")),
    }
}

/// Adds its keys to the schema.
pub(in super::super) fn describe(schema: &mut ConfigSchema) {
    let limit = || {
        json!({
            "window": { "type": ["string", "object"] },
            "incomingRequestLimit": { "type": "integer", "minimum": 0 },
            "ipAllowList": { "type": "array", "items": { "type": "string" } },
            "skipSuccessfulRequests": { "type": "boolean" },
            "skipFailedRequests": { "type": "boolean" },
            "passOnStoreError": { "type": "boolean" },
        })
    };
    let mut whole = limit();
    whole["global"] = json!({ "type": "boolean" });
    whole["store"] = json!({ "anyOf": [
        { "enum": ["memory"] },
        {
            "type": "object",
            "properties": {
                "type": { "enum": ["memory", "redis"] },
                "connection": { "type": ["string", "object"], "writeOnly": true },
            },
        },
    ]});
    whole["plugin"] = json!({
        "type": "object",
        "additionalProperties": { "type": "object", "properties": limit() },
    });
    schema.add_schema(
        RATE_LIMIT,
        json!({ "anyOf": [
            { "type": "boolean" },
            { "type": "object", "properties": whole },
        ]}),
        "How many requests a client may send within a window of time, to the server and to each plugin.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(value: &Value) -> Result<RateLimitSettings, Vec<String>> {
        let config = Config::from_json(json!({ "backend": { "rateLimit": value } }));
        let mut mistakes = Mistakes::default();
        let settings = read(&config, &mut mistakes);
        let texts = |mistakes: Vec<greenroom_di_core::BoxError>| {
            mistakes.iter().map(ToString::to_string).collect()
        };
        mistakes.finish(settings).map_err(texts)
    }

    #[test]
    fn limits_are_read_with_the_anchors_defaults() {
        assert!(settings(&json!(false)).expect("valid").global.is_none());
        let global = settings(&json!(true))
            .expect("valid")
            .global
            .expect("it is on");
        assert_eq!((global.requests, global.window.as_secs()), (5, 60));
        assert_eq!(global.exempt.len(), 2);
        let read = settings(&json!({
            "global": false,
            "plugin": {"search": {"window": "10s", "incomingRequestLimit": 7, "ipAllowList": []}},
        }));
        let read = read.expect("valid");
        assert!(read.global.is_none());
        let (id, limit) = &read.plugins[0];
        assert_eq!(
            (id.as_str(), limit.requests, limit.window.as_secs()),
            ("search", 7, 10)
        );
        assert!(limit.exempt.is_empty());
    }

    #[test]
    fn a_wrong_value_is_named_by_its_key() {
        for (value, key) in [
            (json!("often"), "backend.rateLimit"),
            (json!({"window": 60}), "backend.rateLimit.window"),
            (json!({"window": "0s"}), "backend.rateLimit.window"),
            (
                json!({"incomingRequestLimit": -1}),
                "backend.rateLimit.incomingRequestLimit",
            ),
            (
                json!({"ipAllowList": ["localhost"]}),
                "backend.rateLimit.ipAllowList",
            ),
            (json!({"global": 3}), "backend.rateLimit.global"),
            (
                json!({"store": {"type": "disk"}}),
                "backend.rateLimit.store",
            ),
            (json!({"store": "disk"}), "backend.rateLimit.store"),
            (json!({"plugin": {"a": true}}), "backend.rateLimit.plugin.a"),
            (
                json!({"plugin": {"a": {"skipFailedRequests": 4}}}),
                "plugin.a.skipFailedRequests",
            ),
        ] {
            let mistakes = settings(&value).expect_err("the value is wrong");
            assert_eq!(mistakes.len(), 1, "{value}: {mistakes:?}");
            assert!(mistakes[0].contains(key), "{mistakes:?}");
        }
    }

    #[test]
    fn a_request_that_redis_cannot_count_goes_on_unless_it_is_said() {
        for (limits, store, passes) in [
            (json!({}), StoreChoice::Memory, false),
            (
                json!({"store": {"type": "redis"}}),
                StoreChoice::Redis,
                true,
            ),
            (
                json!({"store": {"type": "redis"}, "passOnStoreError": false}),
                StoreChoice::Redis,
                false,
            ),
        ] {
            let read = settings(&limits).expect("valid");
            assert_eq!(read.store, store);
            let global = read.global.expect("it is on");
            assert_eq!(global.pass_on_store_error, passes, "{limits}");
        }
    }
}
