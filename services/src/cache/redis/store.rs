//! Entries in Redis. Every call is one round trip, and calls of many callers share the connection, so that they go out
//! together.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use futures_util::future::try_join_all;
use redis::Script;

use super::super::store::{Store, StoreError, Stored, TAG_TTL};
use super::envelope;
use super::link::{Link, LinkError};
use crate::clock::Clock;

/// The time to live is that of a counter that begins. The count is read as text: Lua's numbers would round it.
static INCREMENT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local began = redis.call('EXISTS', KEYS[1]) == 0 \
         redis.call('INCRBY', KEYS[1], ARGV[1]) \
         if began and ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end \
         return redis.call('GET', KEYS[1])",
    )
});

static STAMP: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local stamp = redis.call('GET', KEYS[1]) or ARGV[1] \
         redis.call('SET', KEYS[1], stamp, 'PX', ARGV[2]) \
         return stamp",
    )
});

/// A store in Redis.
pub(in super::super) struct RedisStore {
    link: Arc<Link>,
    clock: Clock,
}

impl RedisStore {
    pub(in super::super) fn new(link: Arc<Link>, clock: Clock) -> Self {
        Self { link, clock }
    }

    /// The time of day in milliseconds, as values have it.
    fn now(&self) -> u64 {
        let now = self.clock.now().duration_since(UNIX_EPOCH);
        milliseconds(now.unwrap_or_default())
    }
}

impl From<LinkError> for StoreError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Away(reason) => Self::Away(reason),
            LinkError::Unable(reason) => Self::Unable(reason),
            LinkError::Refused(error) => {
                let text = error.to_string();
                if text.contains("would overflow") {
                    Self::Overflow
                } else if text.contains("not an integer") {
                    Self::NotACounter
                } else if text.contains("WRONGTYPE") || error.code() == Some("WRONGTYPE") {
                    Self::Unreadable("something that is no value lies there".to_owned())
                } else {
                    Self::Unable(text)
                }
            }
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// At least one: Redis knows no shorter time. At most what it can add to the time of day.
fn time_to_live(ttl: Duration) -> u64 {
    milliseconds(ttl).clamp(1, 1 << 52)
}

#[async_trait]
impl Store for RedisStore {
    async fn get(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        let answer = self.link.call(async |mut connection| {
            let mut get = redis::cmd("GET");
            get.arg(name)
                .query_async::<Option<Vec<u8>>>(&mut connection)
                .await
        });
        let Some(sealed) = answer.await? else {
            return Ok(None);
        };
        let opened = envelope::open(sealed, self.now());
        opened.map_err(|problem| StoreError::Unreadable(problem.to_owned()))
    }

    async fn set(
        &self,
        name: &str,
        entry: Stored,
        ttl: Option<Duration>,
    ) -> Result<(), StoreError> {
        let ttl = ttl.map(time_to_live);
        let expires = ttl.map(|ttl| self.now().saturating_add(ttl));
        let mut set = redis::cmd("SET");
        set.arg(name).arg(envelope::seal(&entry, expires));
        if let Some(ttl) = ttl {
            set.arg("PX").arg(ttl);
        }
        let answer = self
            .link
            .call(async |mut connection| set.exec_async(&mut connection).await);
        Ok(answer.await?)
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let answer = self.link.call(async |mut connection| {
            let mut delete = redis::cmd("DEL");
            delete.arg(name).exec_async(&mut connection).await
        });
        Ok(answer.await?)
    }

    async fn increment(
        &self,
        name: &str,
        by: i64,
        ttl: Option<Duration>,
    ) -> Result<i64, StoreError> {
        let ttl = ttl.map_or(0, time_to_live);
        let answer = self.link.call(async |mut connection| {
            let mut script = INCREMENT.key(name);
            script.arg(by).arg(ttl).invoke_async(&mut connection).await
        });
        Ok(answer.await?)
    }

    async fn stamps(&self, tags: &[String], fresh: &str) -> Result<Vec<String>, StoreError> {
        let answer = self.link.call(async |connection| {
            let each = tags.iter().map(|tag| {
                let mut connection = connection.clone();
                async move {
                    let mut script = STAMP.key(tag);
                    script.arg(fresh).arg(time_to_live(TAG_TTL));
                    script.invoke_async(&mut connection).await
                }
            });
            try_join_all(each).await
        });
        Ok(answer.await?)
    }

    async fn are_current(&self, tags: &[(String, String)]) -> Result<bool, StoreError> {
        let answer = self.link.call(async |connection| {
            let each = tags.iter().map(|(tag, _)| {
                let mut connection = connection.clone();
                async move {
                    let mut get = redis::cmd("GET");
                    get.arg(tag)
                        .query_async::<Option<String>>(&mut connection)
                        .await
                }
            });
            try_join_all(each).await
        });
        let stamps = answer.await?;
        let mut pairs = tags.iter().zip(stamps);
        Ok(pairs.all(|((_, kept), current)| current.as_ref() == Some(kept)))
    }
}
