//! The counts of rate limits in Redis, where all replicas of a backend count together.
//!
//! It has a connection of its own, since the configuration gives it one: a cache may be emptied, and may be slow, without
//! consequence for the limits.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use greenroom_di_macros::service_factory;
use redis::Script;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::address::{RedisSettings, describe_tls, read, read_tls};
use super::link::{Link, LinkError, LinkEvents, Patience};
use crate::config::{Config, ConfigSchema, FromConfig, Mistakes, ServiceSettings};
use crate::logger::{Fields, Logger, RootLogger};
use crate::root_health::RootHealth;
use crate::root_http_router::{RateLimitHits, RateLimitStoreService};

const STORE: &str = "backend.rateLimit.store";
const CONNECTION: &str = "backend.rateLimit.store.connection";
const TLS: &str = "backend.rateLimit.store.tls";

static HIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local total = redis.call('INCR', KEYS[1]) \
         local left = redis.call('PTTL', KEYS[1]) \
         if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) left = tonumber(ARGV[1]) end \
         return {total, left}",
    )
});

/// What has run out meanwhile has nothing to be taken back.
static TAKE_BACK: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local total = tonumber(redis.call('GET', KEYS[1]) or 0) \
         if total > 0 then redis.call('DECR', KEYS[1]) end \
         return 0",
    )
});

/// The server, if `backend.rateLimit.store` names one.
pub struct RedisRateLimitSettings(Option<RedisSettings>);

impl FromConfig for RedisRateLimitSettings {
    /// Reads `backend.rateLimit.store.{type,connection}`, and `tls.{ca,cert,key}` beside them.
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        // What else is wrong with the section is told by the server's own settings.
        let store: Option<Value> = config.get_optional(STORE).ok().flatten();
        let name = store
            .as_ref()
            .map(|store| store.get("type").unwrap_or(store));
        if name.and_then(Value::as_str) != Some("redis") {
            return Ok(Self(None));
        }
        let tls = read_tls(config, TLS, &mut mistakes);
        let server = read(config, CONNECTION, None, tls, &mut mistakes);
        mistakes.finish(Self(server))
    }

    fn describe(schema: &mut ConfigSchema) {
        describe_tls(schema, TLS);
    }
}

/// Counts in Redis for all replicas, where `backend.rateLimit.store` says `redis`. List it beside `greenroom::defaults`;
/// it is not among them, so that a program without it carries no client of Redis on account of its limits.
///
/// While the server is away, requests are not counted and go on, unless `passOnStoreError: false` says otherwise. Each
/// waits for 500 ms at most, and after a few none does until the server is back.
///
/// # Errors
///
/// The address of the server cannot be used.
#[service_factory]
pub fn redis_rate_limit_store(
    settings: ServiceSettings<RedisRateLimitSettings>,
    root_logger: RootLogger,
    health: RootHealth,
) -> Result<Arc<dyn RateLimitStoreService>, BoxError> {
    let Some(server) = &settings.0 else {
        return Ok(Arc::new(RedisRateLimits { link: None }));
    };
    let mut fields = Fields::new();
    fields.insert("service".to_owned(), json!("rateLimit"));
    let (away, is_away) = watch::channel(false);
    let events = Events {
        logger: root_logger.logger(fields),
        away,
    };
    health.note_dependency("rateLimit", is_away);
    let link = Link::new(server, Patience::default(), Box::new(events))
        .map_err(|error| format!("the server of `{STORE}` cannot be used: {error}"))?;
    Ok(Arc::new(RedisRateLimits { link: Some(link) }))
}

/// The counts; without a link where they are kept in memory, and nobody asks.
struct RedisRateLimits {
    link: Option<Arc<Link>>,
}

impl RedisRateLimits {
    fn link(&self) -> Result<&Arc<Link>, BoxError> {
        let not_asked = "`backend.rateLimit.store` is not `redis`";
        self.link.as_ref().ok_or_else(|| not_asked.into())
    }
}

fn key(limit: &str, client: &str) -> String {
    format!("rl:{limit}:{client}")
}

fn told(error: LinkError) -> BoxError {
    let reason = match error {
        LinkError::Away(reason) | LinkError::Unable(reason) => reason,
        LinkError::Refused(error) => error.to_string(),
    };
    format!("the counts of the rate limits cannot be reached: {reason}").into()
}

#[async_trait]
impl RateLimitStoreService for RedisRateLimits {
    async fn hit(
        &self,
        limit: &str,
        client: &str,
        window: Duration,
    ) -> Result<RateLimitHits, BoxError> {
        let key = key(limit, client);
        let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        let answer = self.link()?.call(async |mut connection| {
            let mut script = HIT.key(key);
            script.arg(window.clamp(1, 1 << 52));
            script.invoke_async::<(u64, u64)>(&mut connection).await
        });
        let (total, left) = answer.await.map_err(told)?;
        let resets_in = Duration::from_millis(left);
        Ok(RateLimitHits { total, resets_in })
    }

    async fn take_back(&self, limit: &str, client: &str) -> Result<(), BoxError> {
        let key = key(limit, client);
        let answer = self.link()?.call(async |mut connection| {
            let script = TAKE_BACK.key(key);
            script.invoke_async::<()>(&mut connection).await
        });
        answer.await.map_err(told)
    }
}

struct Events {
    logger: Logger,
    away: watch::Sender<bool>,
}

impl LinkEvents for Events {
    fn away(&self, address: &str, reason: &str) {
        self.away.send_replace(true);
        self.logger.warn_with(
            format!(
                "The counts of the rate limits at {address} are away, until they are back no request is counted: {reason}"
            ),
            json!({ "address": address }),
        );
    }

    fn back(&self, address: &str, after: Duration) {
        self.away.send_replace(false);
        let seconds = after.as_secs_f64();
        self.logger.info_with(
            format!("The counts of the rate limits at {address} are back after {seconds:.1} s"),
            json!({ "address": address, "awaySeconds": seconds }),
        );
    }

    fn unable(&self, address: &str, reason: &str) {
        self.logger.warn_with(
            format!(
                "The counts of the rate limits at {address} are refused, and requests are not counted: {reason}. Further \
                 lines of this kind are left out for a minute"
            ),
            json!({ "address": address }),
        );
    }
}
