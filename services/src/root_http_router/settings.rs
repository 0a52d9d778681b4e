//! What the configuration says about the server, read and checked once, before anything listens.
//!
//! Changes of these keys take effect at the next start: a port, a limit or a header that changes under
//! running requests helps nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value};

use super::csp;
use super::listen::{Listen, Target};
use super::security_headers::SecurityHeaders;
use crate::config::{ByteSize, Config, ConfigError, FromConfig, HumanDuration, Mistakes, Mode};
use greenroom_di_core::BoxError;

/// The settings of the root HTTP router and its server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    pub(super) mode: Mode,
    pub(super) target: Target,
    /// `None`: no limit; so in the two below.
    pub(super) headers_timeout: Option<Duration>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) keep_alive_timeout: Option<Duration>,
    pub(super) body_limit: u64,
    pub(super) security_headers: SecurityHeaders,
    pub(super) health_headers: HeaderMap,
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

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
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
    /// | `backend.server.bodyLimit` | bytes or a size such as `100kb` | 100 kB (102400 bytes) |
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
        let startup_pause = timeout(STARTUP_PAUSE, 5);
        let shutdown_delay = timeout("backend.lifecycle.serverShutdownDelay", 0);
        let drain_timeout = timeout("backend.lifecycle.drainTimeout", 30);
        let security_headers = mistakes.take(security_headers(config)).unwrap_or_default();
        let health_headers = mistakes.take(health_headers(config)).unwrap_or_default();
        mistakes.finish(Self {
            mode: config.mode(),
            target: listen.unwrap_or_default().target(config.mode()),
            headers_timeout,
            request_timeout,
            keep_alive_timeout,
            body_limit: body_limit.map_or(100 * 1024, ByteSize::as_u64),
            security_headers,
            health_headers,
            startup_pause,
            shutdown_delay,
            drain_timeout,
        })
    }
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
    let referrer = match config.get_optional("backend.referrer.policy")? {
        Some(OneOrMore::One(policy)) => policy,
        Some(OneOrMore::More(policies)) => policies.join(","),
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

fn header_value(config: &Config, key: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    HeaderValue::try_from(value)
        .map_err(|_| config.refusal(key, "it cannot be sent as the value of an HTTP header"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert_eq!(settings.body_limit, 102_400);
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
    fn a_wrong_value_is_named_by_its_key() {
        for (backend, key) in [
            (json!({"listen": "nowhere"}), "backend.listen"),
            (
                json!({"server": {"headersTimeout": "soon"}}),
                "backend.server.headersTimeout",
            ),
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
