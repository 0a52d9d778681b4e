//! Public keys that others publish, fetched over HTTP.
//!
//! Keys are kept for ten minutes. A token with a key that is not among them makes them be fetched again, ten times
//! a minute at most: otherwise anybody could make this backend call another one as often as they like. For the same
//! reason there is one fetch at a time for each address and a few in all, an address without keys is not asked
//! again at once, and their number is bounded, since a token can name any plugin before anything is verified.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::Algorithm;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::time::{Instant, timeout};

use super::jwt::{Claims, Reason, Unverified};
use super::key_set::{KeySet, NoKey, Published};
use super::reloads::Reloads;
use crate::config::ByteSize;
use crate::http_client::HttpClient;

/// How long keys are taken for current.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long an address without keys is not asked again.
const ABSENT: Duration = Duration::from_secs(10);
/// How long one that could not be reached is not.
const BROKEN: Duration = Duration::from_secs(2);
/// For a fetch and the wait for it.
const DEADLINE: Duration = Duration::from_secs(5);
const LARGEST_SET: ByteSize = ByteSize::bytes(256 * 1024);
const MOST_SOURCES: usize = 256;
const MOST_FETCHES: usize = 8;

/// Why a token could not be verified by remote keys.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Nothing is published there.
    Absent,
    /// The one who publishes them cannot be asked now.
    Unreachable(Arc<str>),
    /// The token is refused.
    Refused(Reason),
}

/// The keys of others, by the address where they are published.
pub(super) struct RemoteKeys {
    client: HttpClient,
    sources: Mutex<HashMap<String, Arc<Source>>>,
    fetches: Semaphore,
}

/// One address. Who needs its keys while they are fetched for the first time waits for that fetch; nobody waits for
/// the one that a stranger's key has caused.
#[derive(Default)]
struct Source {
    found: Mutex<Option<(Instant, Found)>>,
    fetching: AsyncMutex<Reloads>,
}

type Found = Result<Arc<KeySet>, Failure>;

impl Source {
    fn found(&self) -> Option<(Instant, Found)> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone()
    }

    /// What was found and still counts.
    fn current(&self) -> Option<Found> {
        let found = self
            .found()
            .filter(|(at, found)| at.elapsed() < lifetime(found));
        found.map(|(_, found)| found)
    }

    fn set(&self, now_found: Found) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        *found = Some((Instant::now(), now_found));
    }

    fn has_keys(&self) -> bool {
        matches!(self.found(), Some((_, Ok(_))))
    }
}

impl RemoteKeys {
    pub(super) fn new(client: HttpClient) -> Self {
        Self {
            client,
            sources: Mutex::default(),
            fetches: Semaphore::new(MOST_FETCHES),
        }
    }

    /// The claims of a token that a key published at this address has signed.
    pub(super) async fn verify(
        &self,
        url: &str,
        token: &Unverified<'_>,
        algorithm: Algorithm,
    ) -> Result<Claims, Failure> {
        let source = self.source(url);
        let id = token.header.kid.as_deref();
        let keys = self.keys(&source, url).await?;
        match keys.select(id, algorithm) {
            Ok(key) => token.verify(key, algorithm).map_err(Failure::Refused),
            Err(NoKey::Unfit(reason)) => Err(Failure::Refused(reason)),
            Err(NoKey::Unknown) => {
                let keys = self.reloaded(&source, url, &keys).await?;
                keys.verify(token, algorithm).map_err(Failure::Refused)
            }
        }
    }

    fn source(&self, url: &str) -> Arc<Source> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = sources.get(url) {
            return Arc::clone(source);
        }
        if sources.len() >= MOST_SOURCES {
            sources.retain(|_, source| source.has_keys());
        }
        if sources.len() >= MOST_SOURCES {
            sources.clear();
        }
        let source = Arc::new(Source::default());
        sources.insert(url.to_owned(), Arc::clone(&source));
        source
    }

    async fn keys(&self, source: &Source, url: &str) -> Found {
        if let Some(current) = source.current() {
            return current;
        }
        let _fetching = source.fetching.lock().await;
        // Somebody may have fetched them meanwhile.
        if let Some(current) = source.current() {
            return current;
        }
        let found = self.fetch(url).await;
        source.set(found.clone());
        found
    }

    /// Newer keys than these, if there may be another fetch; else the same.
    async fn reloaded(&self, source: &Source, url: &str, known: &Arc<KeySet>) -> Found {
        let mut reloads = source.fetching.lock().await;
        if let Some(Ok(newer)) = source.current()
            && !Arc::ptr_eq(&newer, known)
        {
            return Ok(newer);
        }
        if !reloads.admit() {
            return Ok(Arc::clone(known));
        }
        let keys = self.fetch(url).await?;
        // A fetch that failed does not come here: a stranger's key must not cost the keys that are at hand.
        source.set(Ok(Arc::clone(&keys)));
        Ok(keys)
    }

    async fn fetch(&self, url: &str) -> Found {
        let unreachable = |message: String| Failure::Unreachable(message.into());
        let fetch = async {
            let _permit = self.fetches.acquire().await;
            let call = self.client.get(url).retries(1);
            let call = call.deadline(DEADLINE).body_limit(LARGEST_SET);
            let answer = call.send().await;
            let answer = answer.map_err(|error| unreachable(error.to_string()))?;
            if answer.status().is_client_error() {
                return Err(Failure::Absent);
            }
            let keys = match answer.error_for_status() {
                Ok(answer) => answer.json::<Published>().await,
                Err(error) => Err(error),
            };
            let keys = keys.map_err(|error| unreachable(error.to_string()))?;
            Ok(Arc::new(KeySet::of(keys.keys)))
        };
        let fetched = timeout(DEADLINE, fetch).await;
        let fetched = fetched.unwrap_or_else(|_| Err(unreachable("no answer in time".to_owned())));
        if let Err(Failure::Unreachable(message)) = &fetched {
            // Here and not for each token, because there are fewer fetches than tokens.
            tracing::warn!("The keys of an issuer of tokens cannot be fetched: {message}");
        }
        fetched
    }

    #[cfg(test)]
    pub(super) fn sources(&self) -> usize {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.len()
    }
}

fn lifetime(found: &Found) -> Duration {
    match found {
        Ok(_) => FRESH,
        Err(Failure::Absent) => ABSENT,
        Err(_) => BROKEN,
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RemoteKeys")
    }
}
