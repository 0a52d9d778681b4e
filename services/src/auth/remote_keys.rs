//! Public keys that others publish, fetched over HTTP.
//!
//! Keys are kept for ten minutes. A token with a key that is not among them makes them be fetched again, ten times
//! a minute at most: otherwise anybody could make this backend call another one as often as they like. A token can
//! name any plugin before anything of it is verified, so addresses that only tokens have named are asked a hundred
//! times a minute in all, a few at a time, until keys were found there; nobody else waits for that. There is one fetch
//! at a time for each address, an address without keys is not asked again at once, and their number is bounded.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use jsonwebtoken::Algorithm;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard, Semaphore};
use tokio::time::{Instant, timeout};

use super::jwt::{Claims, Reason, Unverified};
use super::key_set::{KeySet, NoKey, Published};
use super::reloads::{Budget, Reloads};
use crate::config::ByteSize;
use crate::http_client::HttpClient;

/// How long keys are taken for current.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How much longer they count while nobody can say whether they still are.
const GRACE: Duration = Duration::from_secs(60);
/// How long an address without keys is not asked again.
const ABSENT: Duration = Duration::from_secs(10);
/// How long one that could not be reached is not.
const BROKEN: Duration = Duration::from_secs(2);
/// For a fetch, and for the wait for somebody else's.
const DEADLINE: Duration = Duration::from_secs(5);
const LARGEST_SET: ByteSize = ByteSize::bytes(256 * 1024);
const MOST_SOURCES: usize = 256;
/// How often addresses are asked in a minute that only tokens have named,
const MOST_STRANGERS: usize = 100;
/// and how many at a time.
const MOST_AT_A_TIME: usize = 8;

/// Why a token could not be verified by remote keys.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Nothing is published there.
    Absent,
    /// The one who publishes them cannot be asked now.
    Unreachable(Arc<str>),
    /// The token is refused.
    Refused(Reason),
    /// It is signed, but lacks something: this is what the client is told.
    Incomplete(&'static str),
}

/// Who says that keys are published at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedBy {
    /// Who runs the backend.
    Configuration,
    /// A token, of which nothing is verified yet.
    Token,
}

/// The keys of others, by the address where they are published.
pub(super) struct RemoteKeys {
    client: HttpClient,
    sources: Mutex<HashMap<String, Arc<Source>>>,
    strangers: Mutex<Budget<MOST_STRANGERS>>,
    at_a_time: Semaphore,
}

/// One address. Who needs its keys while they are fetched for the first time waits for that fetch; nobody waits for
/// the one that a stranger's key has caused.
#[derive(Default)]
struct Source {
    known: Mutex<Known>,
    fetching: AsyncMutex<Fetching>,
    /// Whether a key that was found here has signed a token that came.
    has_verified: AtomicBool,
}

/// What was found at an address, last and before.
#[derive(Default)]
struct Known {
    keys: Option<(Instant, Arc<KeySet>)>,
    failure: Option<(Instant, Failure)>,
}

/// What is known of fetches for keys that are not known.
#[derive(Default)]
struct Fetching {
    reloads: Reloads,
    failed: Option<(Instant, Failure)>,
}

type Found = Result<Arc<KeySet>, Failure>;

impl Source {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found and still counts.
    fn current(&self) -> Option<Found> {
        let known = self.known();
        let keys_until = |age: Duration| {
            let keys = known.keys.as_ref().filter(|(at, _)| at.elapsed() < age);
            keys.map(|(_, keys)| Ok(Arc::clone(keys)))
        };
        let failed = || {
            let (at, failure) = known.failure.as_ref()?;
            let (lasts, keys) = match failure {
                Failure::Unreachable(_) => (BROKEN, keys_until(FRESH + GRACE)),
                _ => (ABSENT, None),
            };
            (at.elapsed() < lasts).then(|| keys.unwrap_or_else(|| Err(failure.clone())))
        };
        keys_until(FRESH).or_else(failed)
    }

    fn set(&self, found: &Found) {
        let now = Instant::now();
        let mut known = self.known();
        match found {
            Ok(keys) => {
                known.keys = Some((now, Arc::clone(keys)));
                known.failure = None;
            }
            Err(failure) => {
                // Who cannot be asked has not said that the keys are no more.
                if !matches!(failure, Failure::Unreachable(_)) {
                    known.keys = None;
                }
                known.failure = Some((now, failure.clone()));
            }
        }
    }

    /// Whether there are keys here, or were when somebody asked last.
    fn has_keys(&self) -> bool {
        self.known().keys.is_some()
    }

    /// The turn to fetch. Who fetches may take as long as this waits.
    async fn turn(&self) -> Result<AsyncMutexGuard<'_, Fetching>, Failure> {
        let turn = timeout(DEADLINE, self.fetching.lock()).await;
        turn.map_err(|_| unreachable("others wait for an answer too"))
    }
}

impl RemoteKeys {
    pub(super) fn new(client: HttpClient) -> Self {
        Self {
            client,
            sources: Mutex::default(),
            strangers: Mutex::default(),
            at_a_time: Semaphore::new(MOST_AT_A_TIME),
        }
    }

    /// The claims of a token that a key published at this address has signed.
    pub(super) async fn verify(
        &self,
        url: &str,
        named_by: NamedBy,
        token: &Unverified<'_>,
        algorithm: Algorithm,
    ) -> Result<Claims, Failure> {
        let source = self.source(url);
        let id = token.header.kid.as_deref();
        let keys = self.keys(&source, url, named_by).await?;
        let claims = match keys.select(id, algorithm) {
            Ok(key) => token.verify(key, algorithm),
            Err(NoKey::Unfit(reason)) => Err(reason),
            Err(NoKey::Unknown) => {
                let keys = self.reloaded(&source, url, &keys).await?;
                keys.verify(token, algorithm)
            }
        };
        let claims = claims.map_err(Failure::Refused)?;
        source.has_verified.store(true, Ordering::Relaxed);
        Ok(claims)
    }

    fn source(&self, url: &str) -> Arc<Source> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = sources.get(url) {
            return Arc::clone(source);
        }
        // An address that has keys may be another spelling of one that is known, which costs a stranger nothing.
        if sources.len() >= MOST_SOURCES {
            sources.retain(|_, source| source.has_verified.load(Ordering::Relaxed));
        }
        if sources.len() >= MOST_SOURCES {
            sources.clear();
        }
        let source = Arc::new(Source::default());
        sources.insert(url.to_owned(), Arc::clone(&source));
        source
    }

    async fn keys(&self, source: &Source, url: &str, named_by: NamedBy) -> Found {
        if let Some(current) = source.current() {
            return current;
        }
        let _turn = source.turn().await?;
        // Somebody may have fetched them meanwhile.
        if let Some(current) = source.current() {
            return current;
        }
        let found = if named_by == NamedBy::Configuration || source.has_keys() {
            self.fetch(url, None).await
        } else {
            self.admit_stranger()?;
            self.fetch(url, Some(&self.at_a_time)).await
        };
        source.set(&found);
        source.current().unwrap_or(found)
    }

    /// Newer keys than these, if there may be another fetch; else the same.
    async fn reloaded(&self, source: &Source, url: &str, known: &Arc<KeySet>) -> Found {
        let mut turn = source.turn().await?;
        if let Some(Ok(newer)) = source.current()
            && !Arc::ptr_eq(&newer, known)
        {
            return Ok(newer);
        }
        if let Some((at, failure)) = &turn.failed
            && at.elapsed() < BROKEN
        {
            return Err(failure.clone());
        }
        if !turn.reloads.admit() {
            return Ok(Arc::clone(known));
        }
        let found = self.fetch(url, None).await;
        match &found {
            Ok(_) => source.set(&found),
            // The next stranger is told the same. The keys that are at hand must not be lost by it.
            Err(failure) => turn.failed = Some((Instant::now(), failure.clone())),
        }
        found
    }

    /// Whether an address may be asked now that only a token has named. That it may not says nothing of the address,
    /// and is not kept.
    fn admit_stranger(&self) -> Result<(), Failure> {
        let strangers = self.strangers.lock();
        let mut strangers = strangers.unwrap_or_else(PoisonError::into_inner);
        match strangers.admit() {
            true => Ok(()),
            false => Err(unreachable(
                "tokens name too many issuers that are not known",
            )),
        }
    }

    async fn fetch(&self, url: &str, queue: Option<&Semaphore>) -> Found {
        let fetch = async {
            let _place = match queue {
                Some(queue) => Some(queue.acquire().await),
                None => None,
            };
            let call = self.client.get(url).retries(1);
            let call = call.deadline(DEADLINE).body_limit(LARGEST_SET);
            let answer = call.send().await;
            let answer = answer.map_err(|error| unreachable(&error.to_string()))?;
            // Any other refusal, such as of too many requests, says nothing of the keys.
            if matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
                return Err(Failure::Absent);
            }
            let keys = match answer.error_for_status() {
                Ok(answer) => answer.json::<Published>().await,
                Err(error) => Err(error),
            };
            let keys = keys.map_err(|error| unreachable(&error.to_string()))?;
            Ok(Arc::new(KeySet::of(keys.keys)))
        };
        let fetched = timeout(DEADLINE, fetch).await;
        let fetched = fetched.unwrap_or_else(|_| Err(unreachable("no answer in time")));
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

fn unreachable(why: &str) -> Failure {
    Failure::Unreachable(why.into())
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RemoteKeys")
    }
}
