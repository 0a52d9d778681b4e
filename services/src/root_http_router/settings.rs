//! What the configuration says about the server, read and checked once, before anything listens.
//!
//! Changes of these keys take effect at the next start: a port, a limit or a header that changes under
//! running requests helps nobody.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value, json};

use super::client_address::{self, TrustProxy};
use super::cors::{self, Cors};
use super::csp;
use super::listen::{Listen, Target};
use super::rate_limit::{self, RateLimitSettings};
use super::security_headers::SecurityHeaders;
use super::tls;
use crate::config::{
    ByteSize, Config, ConfigError, ConfigSchema, FromConfig, HumanDuration, Mistakes, Mode,
};
use crate::role::Role;
use greenroom_di_core::BoxError;

/// The settings of the root HTTP router and its server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    pub(super) mode: Mode,
    pub(super) target: Target,
    /// `None`: no limit; so in the three below.
    pub(super) headers_timeout: Option<Duration>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) keep_alive_timeout: Option<Duration>,
    /// How long a connection may stand still.
    pub(super) stall_timeout: Option<Duration>,
    /// Of one request; `None`: hyper's own limit.
    pub(super) max_headers: Option<usize>,
    /// On one connection.
    pub(super) max_requests: Option<u64>,
    pub(super) body_limit: u64,
    pub(super) compression: bool,
    pub(super) tls: Option<Arc<rustls::ServerConfig>>,
    pub(super) trust_proxy: TrustProxy,
    pub(super) cors: Option<Cors>,
    pub(super) rate_limits: RateLimitSettings,
    pub(super) security_headers: SecurityHeaders,
    pub(super) health_headers: HeaderMap,
    /// Whether requests to plugins are answered here.
    pub(super) serves_plugins: bool,
    /// How long a request waits for its plugin to start.
    pub(super) startup_pause: Duration,
    /// How long the backend goes on serving after a stop was asked for, while it says that it is not ready.
    pub(super) shutdown_delay: Duration,
    /// How long requests in flight may take from then on.
    pub(super) drain_timeout: Duration,
}

/// A duration in words, or a number of milliseconds as in the anchor's configuration.
struct Timeout(Duration);

impl<'de> Deserialize<'de> for Timeout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Milliseconds(u64),
            Human(HumanDuration),
            Text(String),
        }
        let milliseconds = match Written::deserialize(deserializer) {
            Ok(Written::Human(duration)) => return Ok(Self(duration.into())),
            Ok(Written::Milliseconds(milliseconds)) => Some(milliseconds),
            // What comes from an environment variable is a text always.
            Ok(Written::Text(text)) => text.trim().parse().ok(),
            Err(_) => None,
        };
        let wanted = "expected a duration such as `30s`, or a number of milliseconds";
        let milliseconds = milliseconds.ok_or_else(|| D::Error::custom(wanted))?;
        Ok(Self(Duration::from_millis(milliseconds)))
    }
}

impl JsonSchema for Timeout {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timeout".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let human = generator.subschema_for::<HumanDuration>();
        json_schema!({ "anyOf": [human, { "type": "integer", "minimum": 0 }] })
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    /// All texts.
    pub(super) fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }
}

impl HttpSettings {
    /// The settings of a replica with this role.
    #[must_use]
    pub fn for_role(&self, role: Role) -> Self {
        Self {
            serves_plugins: role.serves(),
            ..self.clone()
        }
    }

    /// How URLs of the server begin.
    pub(super) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

impl FromConfig for HttpSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.listen` | port, `host:port`, `:port`, `{host, port}` | port 7007; host 127.0.0.1 in development, else all interfaces |
    /// | `backend.server.headersTimeout` | duration or milliseconds; 0 is none | 60 s, for the head of a request to arrive |
    /// | `backend.server.requestTimeout` | likewise | 300 s, from the head of a request to that of its answer |
    /// | `backend.server.keepAliveTimeout` | likewise | 5 s, until the head of the next request on a connection is there |
    /// | `backend.server.timeout` | likewise | none, for which no byte may move on a connection |
    /// | `backend.server.maxHeadersCount` | number; 0 is none | 100, in one request |
    /// | `backend.server.maxRequestsPerSocket` | number; 0 is none | none, on one connection |
    /// | `backend.server.bodyLimit` | bytes or a size such as `100kb` | 100 kB (102400 bytes) |
    /// | `backend.server.compression` | boolean | true |
    /// | `backend.https` | `true` or `{certificate: {cert, key}}` | plain HTTP |
    /// | `backend.trustProxy` | boolean, number, addresses and networks | nobody is trusted |
    /// | `backend.cors` | object | no other origin is told anything |
    /// | `backend.rateLimit` | `true` or object | none |
    /// | `backend.lifecycle.startupRequestPauseTimeout` | likewise | 5 s, for which a request waits for its plugin to start |
    /// | `backend.lifecycle.serverShutdownDelay` | likewise | 0, for which the backend goes on serving after a stop was asked for |
    /// | `backend.lifecycle.drainTimeout` | likewise | 30 s, for requests in flight to end after that |
    /// | `backend.csp` | directives | the anchor's |
    /// | `backend.referrer.policy` | text or list | `no-referrer` |
    /// | `backend.health.headers` | names and values | none |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let listen: Option<Listen> = mistakes
            .take(config.get_optional("backend.listen"))
            .flatten();
        let body_limit: Option<ByteSize> = mistakes
            .take(config.get_optional("backend.server.bodyLimit"))
            .flatten();
        let mut timeout = |key, seconds| duration(config, key, seconds, &mut mistakes);
        let some = |duration: Duration| (!duration.is_zero()).then_some(duration);
        let headers_timeout = some(timeout("backend.server.headersTimeout", 60));
        let request_timeout = some(timeout("backend.server.requestTimeout", 300));
        let keep_alive_timeout = some(timeout("backend.server.keepAliveTimeout", 5));
        let stall_timeout = some(timeout("backend.server.timeout", 0));
        let startup_pause = timeout(STARTUP_PAUSE, 5);
        let shutdown_delay = timeout("backend.lifecycle.serverShutdownDelay", 0);
        let drain_timeout = timeout("backend.lifecycle.drainTimeout", 30);
        let max_headers: Option<usize> = mistakes.take(config.get_optional(MAX_HEADERS)).flatten();
        let max_requests: Option<u64> = mistakes.take(config.get_optional(MAX_REQUESTS)).flatten();
        let compression: Option<bool> = mistakes.take(config.get_optional(COMPRESSION)).flatten();
        let trust_proxy = mistakes
            .take(client_address::read(config))
            .unwrap_or_default();
        let tls = tls::read(config, &mut mistakes);
        let cors = cors::read(config, &mut mistakes);
        let rate_limits = rate_limit::read(config, &mut mistakes);
        let security_headers = mistakes.take(security_headers(config)).unwrap_or_default();
        let health_headers = mistakes.take(health_headers(config)).unwrap_or_default();
        mistakes.finish(Self {
            mode: config.mode(),
            target: listen.unwrap_or_default().target(config.mode()),
            headers_timeout,
            request_timeout,
            keep_alive_timeout,
            stall_timeout,
            max_headers: max_headers.map(|most| if most == 0 { MOST_HEADERS } else { most }),
            max_requests: max_requests.filter(|most| *most > 0),
            compression: compression.unwrap_or(true),
            tls,
            trust_proxy,
            cors,
            rate_limits,
            body_limit: body_limit.map_or(100 * 1024, ByteSize::as_u64),
            security_headers,
            health_headers,
            serves_plugins: true,
            startup_pause,
            shutdown_delay,
            drain_timeout,
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        for (key, description) in DURATIONS {
            describe_duration(schema, key, description);
        }
        schema.add_schema(
            "backend.listen",
            json!({ "anyOf": [
                { "type": "integer", "minimum": 0, "maximum": 65535 },
                { "type": "string" },
                { "type": "object", "properties": {
                    "host": { "type": "string" },
                    "port": { "type": ["integer", "string"], "minimum": 0, "maximum": 65535 },
                }},
            ]}),
            "Where the server listens: a port, `host:port`, `:port` or an object. Port 0 takes a free one.",
        );
        schema.add_key::<ByteSize>(
            "backend.server.bodyLimit",
            "The largest body of a request, but for routes with a limit of their own.",
        );
        schema.add_key::<u64>(MAX_HEADERS, "The most headers of a request; 0 is no limit.");
        schema.add_key::<u64>(
            MAX_REQUESTS,
            "After how many requests a connection is closed; 0 is no limit.",
        );
        schema.add_key::<bool>(COMPRESSION, "Whether answers are compressed.");
        tls::describe(schema);
        client_address::describe(schema);
        cors::describe(schema);
        rate_limit::describe(schema);
        schema.add_schema(
            "backend.csp",
            json!({ "type": "object", "additionalProperties": { "anyOf": [
                { "const": false },
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ]}}),
            "Directives of the header `Content-Security-Policy`; `false` removes one.",
        );
        schema.add_schema(
            "backend.referrer.policy",
            json!({ "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ]}),
            "The header `Referrer-Policy`.",
        );
        schema.add_key::<BTreeMap<String, String>>(
            "backend.health.headers",
            "Headers on the answers of both health routes.",
        );
    }
}

const MAX_HEADERS: &str = "backend.server.maxHeadersCount";
const MAX_REQUESTS: &str = "backend.server.maxRequestsPerSocket";
const COMPRESSION: &str = "backend.server.compression";

/// More do not fit into the largest head, at four bytes for the shortest.
const MOST_HEADERS: usize = 4096;

/// The keys of durations, for the schema.
const DURATIONS: [(&str, &str); 7] = [
    (
        "backend.server.headersTimeout",
        "For the head of a request to arrive; 0 is no limit.",
    ),
    (
        "backend.server.requestTimeout",
        "From the head of a request to the head of its answer; 0 is no limit.",
    ),
    (
        "backend.server.keepAliveTimeout",
        "Until the head of the next request on a connection; 0 is no limit.",
    ),
    (
        "backend.server.timeout",
        "For which no byte may move on a connection; 0 is no limit.",
    ),
    (
        STARTUP_PAUSE,
        "How long a request waits for its plugin to start.",
    ),
    (
        "backend.lifecycle.serverShutdownDelay",
        "How long the backend goes on serving after a stop was asked for.",
    ),
    (
        "backend.lifecycle.drainTimeout",
        "How long requests in flight may take after that.",
    ),
];

/// Adds a key that [`duration`] reads to the schema.
pub(crate) fn describe_duration(schema: &mut ConfigSchema, key: &str, description: &str) {
    schema.add_key::<Timeout>(key, description);
}

/// Reads a duration, in words or in milliseconds.
pub(crate) fn duration(
    config: &Config,
    key: &str,
    default_seconds: u64,
    mistakes: &mut Mistakes,
) -> Duration {
    let configured: Option<Timeout> = mistakes.take(config.get_optional(key)).flatten();
    configured.map_or(Duration::from_secs(default_seconds), |Timeout(duration)| {
        duration
    })
}

/// The key that says how long a request waits for its plugin to start.
pub(crate) const STARTUP_PAUSE: &str = "backend.lifecycle.startupRequestPauseTimeout";

fn security_headers(config: &Config) -> Result<SecurityHeaders, ConfigError> {
    let configured: Map<String, Value> = config.get_optional("backend.csp")?.unwrap_or_default();
    let policy = csp::policy(&configured).map_err(|csp::BadDirective { key }| {
        let key = format!("backend.csp.{key}");
        config.refusal(&key, "it must be a list of strings, or false")
    })?;
    let referrer = match config.get_optional::<OneOrMore>("backend.referrer.policy")? {
        Some(policies) => policies.all().join(","),
        None => "no-referrer".to_owned(),
    };
    Ok(SecurityHeaders::new(
        header_value(config, "backend.csp", &policy)?,
        header_value(config, "backend.referrer.policy", &referrer)?,
    ))
}

fn health_headers(config: &Config) -> Result<HeaderMap, ConfigError> {
    let configured: Option<BTreeMap<String, String>> =
        config.get_optional("backend.health.headers")?;
    let mut headers = HeaderMap::new();
    for (name, value) in configured.unwrap_or_default() {
        let key = format!("backend.health.headers.{name}");
        let value = header_value(config, &key, &value)?;
        let name = HeaderName::try_from(name)
            .map_err(|_| config.refusal(&key, "its name cannot be that of an HTTP header"))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

pub(super) fn header_value(
    config: &Config,
    key: &str,
    value: &str,
) -> Result<HeaderValue, ConfigError> {
    HeaderValue::try_from(value)
        .map_err(|_| config.refusal(key, "it cannot be sent as the value of an HTTP header"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(backend: &Value) -> Result<HttpSettings, Vec<BoxError>> {
        HttpSettings::from_config(&Config::from_json(json!({ "backend": backend })))
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = read(&json!({})).expect("nothing is configured");
        assert_eq!(settings.headers_timeout, Some(Duration::from_mins(1)));
        assert_eq!(settings.request_timeout, Some(Duration::from_mins(5)));
        assert_eq!(settings.keep_alive_timeout, Some(Duration::from_secs(5)));
        assert_eq!(settings.stall_timeout, None);
        assert_eq!(settings.max_headers, None);
        assert_eq!(settings.max_requests, None);
        assert_eq!(settings.body_limit, 102_400);
        assert!(settings.compression);
        assert!(settings.tls.is_none() && settings.cors.is_none());
        assert!(settings.health_headers.is_empty());
    }

    #[test]
    fn timeouts_are_durations_or_milliseconds_and_zero_is_none() {
        for (written, expected) in [
            (json!(1500), Some(Duration::from_millis(1500))),
            (json!("1500"), Some(Duration::from_millis(1500))),
            (json!("2s"), Some(Duration::from_secs(2))),
            (json!(0), None),
        ] {
            let settings = read(&json!({"server": {"requestTimeout": written}}));
            assert_eq!(
                settings.expect("the value is valid").request_timeout,
                expected
            );
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let backend = json!({
            "listen": "nowhere",
            "server": {"headersTimeout": "soon", "bodyLimit": "much"},
        });
        assert_eq!(read(&backend).expect_err("three are wrong").len(), 3);
    }

    #[test]
    fn what_is_read_is_in_the_schema() {
        let mut schema = ConfigSchema::new();
        HttpSettings::describe(&mut schema);
        let schema = schema.finish();
        for key in [
            "server/properties/timeout",
            "server/properties/maxHeadersCount",
            "server/properties/maxRequestsPerSocket",
            "server/properties/compression",
            "https",
            "trustProxy",
            "cors/properties/origin",
            "cors/properties/optionsSuccessStatus",
            "rateLimit",
        ] {
            let place = format!("/properties/backend/properties/{key}/description");
            assert!(schema.pointer(&place).is_some(), "{key}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_by_its_key() {
        for (backend, key) in [
            (json!({"listen": "nowhere"}), "backend.listen"),
            (
                json!({"server": {"headersTimeout": "soon"}}),
                "backend.server.headersTimeout",
            ),
            (
                json!({"server": {"timeout": "late"}}),
                "backend.server.timeout",
            ),
            (json!({"server": {"maxHeadersCount": -1}}), MAX_HEADERS),
            (
                json!({"server": {"maxRequestsPerSocket": "few"}}),
                MAX_REQUESTS,
            ),
            (json!({"server": {"compression": "zip"}}), COMPRESSION),
            (json!({"https": "no idea"}), "backend.https"),
            (json!({"trustProxy": "somebody"}), "backend.trustProxy"),
            (json!({"cors": {"maxAge": []}}), "backend.cors.maxAge"),
            (json!({"rateLimit": 5}), "backend.rateLimit"),
            (json!({"csp": {"imgSrc": 1}}), "backend.csp.imgSrc"),
            (
                json!({"referrer": {"policy": "a\nb"}}),
                "backend.referrer.policy",
            ),
            (
                json!({"health": {"headers": {"a b": "c"}}}),
                "backend.health.headers.a b",
            ),
        ] {
            let mistakes = read(&backend).expect_err("the value is wrong");
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            assert!(mistakes[0].to_string().contains(key), "{mistakes:?}");
        }
    }
}
