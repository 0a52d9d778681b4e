//! Keys that live as long as the process.
//!
//! A key is made when the first token is, and again each hour; it is published until its last token has ended. Nobody else has the
//! keys: a replica of the same plugin has others, and refuses the tokens of this one. So a warning says what to do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::KeyStore;
use super::rotation::{published_for, signs_at};
use crate::auth::key_set::KeySet;
use crate::auth::signing_key::SigningKey;
use crate::auth::{AuthError, PublicKey};
use crate::clock::Clock;
use crate::logger::Logger;

/// The keys of one plugin.
pub(in crate::auth) struct MemoryKeys {
    clock: Clock,
    logger: Logger,
    warning: String,
    tokens_last: Duration,
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    /// The newest last.
    made: Vec<(SystemTime, Arc<SigningKey>)>,
    set: Option<Arc<KeySet>>,
}

impl MemoryKeys {
    /// The warning is for the first key: it says what does not count after a restart.
    pub(in crate::auth) fn new(
        clock: Clock,
        logger: Logger,
        warning: String,
        tokens_last: Duration,
    ) -> Self {
        Self {
            clock,
            logger,
            warning,
            tokens_last,
            keys: Mutex::default(),
        }
    }

    /// Lets `look` see the keys that are still published.
    fn with<T>(&self, look: impl FnOnce(&mut Keys, SystemTime) -> T) -> T {
        let now = self.clock.now();
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let published = published_for(self.tokens_last);
        let before = keys.made.len();
        keys.made.retain(|(made, _)| now < *made + published);
        if keys.made.len() != before {
            keys.set = None;
        }
        look(&mut keys, now)
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn signing_key(&self) -> Result<Arc<SigningKey>, AuthError> {
        let (key, is_first) = self.with(|keys, now| {
            let current = keys.made.last();
            if let Some((_, key)) = current.filter(|(made, _)| signs_at(*made, now)) {
                return (Arc::clone(key), false);
            }
            let is_first = keys.made.is_empty();
            let key = Arc::new(SigningKey::generate());
            keys.made.push((now, Arc::clone(&key)));
            keys.set = None;
            (key, is_first)
        });
        if is_first {
            let fields = json!({ "type": "auth" });
            self.logger.warn_with(&self.warning, fields);
        }
        Ok(key)
    }

    async fn public_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        Ok(self.with(|keys, _| {
            let keys = keys.made.iter();
            keys.map(|(_, key)| key.public().clone()).collect()
        }))
    }

    async fn key_set(&self, _: Option<&str>) -> Result<Arc<KeySet>, AuthError> {
        Ok(self.with(|keys, _| {
            let Keys { made, set } = keys;
            let set = set.get_or_insert_with(|| {
                let keys = made.iter();
                let keys = keys.map(|(_, key)| Value::Object(key.public().clone()));
                Arc::new(KeySet::of(keys.collect()))
            });
            Arc::clone(set)
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::auth::tests::Time;
    use crate::logger::LoggerService as _;
    use crate::root_http_router::testing::Recorder;

    async fn ids(keys: &MemoryKeys) -> Vec<Value> {
        let keys = keys.public_keys().await.expect("memory is there");
        keys.iter().map(|key| key["kid"].clone()).collect()
    }

    #[tokio::test]
    async fn a_key_signs_for_an_hour_and_is_published_for_three() {
        let time = Time::at(UNIX_EPOCH + Duration::from_secs(1_000_000));
        let log = Recorder::default();
        let keys = MemoryKeys::new(
            time.clock(),
            log.child(Default::default()),
            "it is in memory".to_owned(),
            Duration::from_secs(60 * 60),
        );
        let mut made = Vec::new();
        assert_eq!(ids(&keys).await, made, "no token, no key");
        // (minutes from then on, how many keys are published)
        for (minutes, published) in [(0, 1), (59, 1), (1, 2), (60, 3), (59, 3), (1, 3), (600, 1)] {
            time.advance(Duration::from_secs(minutes * 60));
            let key = keys.signing_key().await.expect("memory is there");
            let id = key.public()["kid"].clone();
            if !made.contains(&id) {
                made.push(id);
            }
            let newest: Vec<_> = made.iter().rev().take(published).rev().cloned().collect();
            assert_eq!(ids(&keys).await, newest, "after {minutes} more minutes");
        }
        let warned = log.matching(|line| line.message.contains("in memory"));
        assert_eq!(warned.len(), 2, "once, and after all keys had ended");
    }

    #[tokio::test]
    async fn a_key_of_longer_tokens_is_published_until_the_last_has_ended() {
        let time = Time::at(UNIX_EPOCH + Duration::from_secs(1_000_000));
        let log = Recorder::default();
        let (hour, day) = (
            Duration::from_secs(60 * 60),
            Duration::from_secs(24 * 60 * 60),
        );
        let keys = MemoryKeys::new(
            time.clock(),
            log.child(Default::default()),
            String::new(),
            day,
        );
        let first = keys.signing_key().await.expect("memory is there");
        time.advance(hour - Duration::from_secs(1));
        let last = keys.signing_key().await.expect("memory is there");
        assert_eq!(first.public(), last.public());
        time.advance(day);
        assert!(ids(&keys).await.contains(&first.public()["kid"]));
    }
}
