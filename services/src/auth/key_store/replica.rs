//! Keys of one replica, whose public halves all replicas share.
//!
//! The private half stays in this process. The public one is in the table before the first token is signed, and
//! stays there until the last has ended, also when the process that made it is gone by then.
//!
//! Where the table is away, what is known goes on to count, and nobody waits for the rest beyond a deadline.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use serde_json::Value;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, timeout};

use super::KeyStore;
use super::rotation::{published_for, signs_at};
use crate::auth::key_set::KeySet;
use crate::auth::key_table::{KeyTable, KeyUse, SharedKey};
use crate::auth::reloads::Reloads;
use crate::auth::signing_key::SigningKey;
use crate::auth::{AuthError, PublicKey};
use crate::clock::Clock;

/// How long one waits for the table, and for others who wait for it. A database has deadlines of its own, which are
/// shorter and say more.
const PATIENCE: Duration = Duration::from_secs(15);

/// After this time the table may be read again for a key that is not known, however many strangers have asked for theirs:
/// it may be of a replica that has just started.
const FRESH: Duration = Duration::from_secs(5);

const NOT_READ: &str = "The keys of tokens cannot be read at the moment";
const NOT_ADDED: &str = "No token can be issued at the moment";

/// The keys of one plugin for one use.
pub(in crate::auth) struct ReplicaKeys {
    plugin_id: String,
    of: KeyUse,
    table: Arc<dyn KeyTable>,
    clock: Clock,
    tokens_last: Duration,
    /// The key that signs here. Who needs a new one waits while it is added.
    own: AsyncMutex<Option<(SystemTime, Arc<SigningKey>)>>,
    /// What is known of the table.
    known: Mutex<Option<Known>>,
    /// One reads the table at a time.
    reading: AsyncMutex<Reading>,
    /// How many readings have begun.
    begun: AtomicU64,
}

#[derive(Clone)]
struct Known {
    keys: Arc<Vec<SharedKey>>,
    set: Arc<KeySet>,
}

#[derive(Default)]
struct Reading {
    /// The last one that succeeded, counted as `begun` does.
    succeeded: u64,
    /// When it began.
    at: Option<Instant>,
    forced: Reloads,
}

impl Known {
    fn of(keys: Vec<SharedKey>) -> Self {
        let public = keys.iter().map(|key| Value::Object(key.key.clone()));
        Self {
            set: Arc::new(KeySet::of(public.collect())),
            keys: Arc::new(keys),
        }
    }
}

impl ReplicaKeys {
    pub(in crate::auth) fn new(
        plugin_id: &str,
        of: KeyUse,
        table: Arc<dyn KeyTable>,
        clock: Clock,
        tokens_last: Duration,
    ) -> Self {
        Self {
            plugin_id: plugin_id.to_owned(),
            of,
            table,
            clock,
            tokens_last,
            own: AsyncMutex::default(),
            known: Mutex::default(),
            reading: AsyncMutex::default(),
            begun: AtomicU64::new(0),
        }
    }

    /// What is known, without what has expired.
    fn known(&self) -> Option<Known> {
        let now = self.clock.now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(all) = &*known
            && all.keys.iter().any(|key| key.expires_at <= now)
        {
            let left = all.keys.iter().filter(|key| now < key.expires_at);
            *known = Some(Known::of(left.cloned().collect()));
        }
        known.clone()
    }

    fn set_known(&self, keys: Vec<SharedKey>) -> Known {
        let new = Known::of(keys);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(new.clone());
        new
    }

    async fn read(&self, reading: &mut Reading) -> Result<Known, AuthError> {
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let at = Instant::now();
        let now = self.clock.now();
        let keys = self.table.keys(&self.plugin_id, self.of, now).await;
        let keys = keys.map_err(|source| unavailable(NOT_READ, source))?;
        let known = self.set_known(keys);
        reading.succeeded = number;
        reading.at = Some(at);
        Ok(known)
    }

    async fn add_own(&self) -> Result<Arc<SigningKey>, AuthError> {
        let mut own = self.own.lock().await;
        let now = self.clock.now();
        if let Some((made, key)) = &*own
            && signs_at(*made, now)
        {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(SigningKey::generate());
        let shared = SharedKey {
            key: key.public().clone(),
            expires_at: now + published_for(self.tokens_last),
        };
        // A reading that began before must not take away what is added here.
        let _reading = self.reading.lock().await;
        let added = self.table.add(&self.plugin_id, self.of, &shared).await;
        added.map_err(|source| unavailable(NOT_ADDED, source))?;
        let mut keys = self
            .known()
            .map_or_else(Vec::new, |known| known.keys.to_vec());
        keys.push(shared);
        self.set_known(keys);
        *own = Some((now, Arc::clone(&key)));
        Ok(key)
    }

    async fn read_for_others(&self) -> Result<Vec<PublicKey>, AuthError> {
        let begun = self.begun.load(Ordering::SeqCst);
        let mut reading = self.reading.lock().await;
        let known = match self.known() {
            Some(known) if reading.succeeded > begun => known,
            _ => self.read(&mut reading).await?,
        };
        Ok(known.keys.iter().map(|key| key.key.clone()).collect())
    }

    async fn look_for(&self, before: Option<Known>) -> Result<Arc<KeySet>, AuthError> {
        let mut reading = self.reading.lock().await;
        if let Some(now) = self.known() {
            let is_same = before.is_some_and(|before| Arc::ptr_eq(&before.set, &now.set));
            // Somebody has read it meanwhile, or there were too many who wanted what is not there.
            let is_old = reading.at.is_none_or(|at| at.elapsed() >= FRESH);
            if !is_same || !(is_old || reading.forced.admit()) {
                return Ok(now.set);
            }
        }
        Ok(self.read(&mut reading).await?.set)
    }
}

#[async_trait]
impl KeyStore for ReplicaKeys {
    async fn signing_key(&self) -> Result<Arc<SigningKey>, AuthError> {
        within_patience(NOT_ADDED, self.add_own()).await
    }

    /// Each call sees what was in the table when it came, because a replica may have added a key a moment ago. Calls
    /// that wait for a reading to end share the next one, so that strangers cannot make this read at will.
    async fn public_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        within_patience(NOT_READ, self.read_for_others()).await
    }

    async fn key_set(&self, wanted: Option<&str>) -> Result<Arc<KeySet>, AuthError> {
        let known = self.known();
        if let Some(known) = &known
            && wanted.is_none_or(|id| known.set.has(id))
        {
            return Ok(Arc::clone(&known.set));
        }
        within_patience(NOT_READ, self.look_for(known)).await
    }
}

/// What is waited for includes one's turn: many who come while the table is away do not wait one after the other.
async fn within_patience<T>(
    message: &str,
    work: impl Future<Output = Result<T, AuthError>> + Send,
) -> Result<T, AuthError> {
    let Ok(outcome) = timeout(PATIENCE, work).await else {
        let seconds = PATIENCE.as_secs();
        let source = format!("the table of keys has not answered within {seconds} s");
        return Err(unavailable(message, source.into()));
    };
    outcome
}

fn unavailable(message: &str, source: BoxError) -> AuthError {
    AuthError::Unavailable {
        message: message.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::auth::tests::Time;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// A table that counts how often it is read, and can be out of reach.
    #[derive(Default)]
    struct Table {
        rows: Mutex<Vec<SharedKey>>,
        reads: AtomicU64,
        away: std::sync::atomic::AtomicBool,
        silent: std::sync::atomic::AtomicBool,
    }

    impl Table {
        fn reads(&self) -> u64 {
            self.reads.load(Ordering::SeqCst)
        }

        fn go_away(&self, away: bool) {
            self.away.store(away, Ordering::SeqCst);
        }

        fn reach(&self) -> Result<std::sync::MutexGuard<'_, Vec<SharedKey>>, BoxError> {
            if self.away.load(Ordering::SeqCst) {
                return Err("the table is away".into());
            }
            Ok(self.rows.lock().expect("no panic before"))
        }
    }

    #[async_trait]
    impl KeyTable for Table {
        async fn add(&self, plugin_id: &str, _: KeyUse, key: &SharedKey) -> Result<(), BoxError> {
            assert_eq!(plugin_id, "catalog");
            if self.silent.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            self.reach()?.push(key.clone());
            Ok(())
        }

        async fn keys(
            &self,
            _: &str,
            _: KeyUse,
            now: SystemTime,
        ) -> Result<Vec<SharedKey>, BoxError> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            let mut rows = self.reach()?;
            rows.retain(|key| now < key.expires_at);
            Ok(rows.clone())
        }
    }

    fn replica(table: &Arc<Table>, time: &Time) -> ReplicaKeys {
        let table: Arc<Table> = Arc::clone(table);
        ReplicaKeys::new("catalog", KeyUse::Plugin, table, time.clock(), HOUR)
    }

    fn time() -> Time {
        Time::at(UNIX_EPOCH + Duration::from_secs(1_000_000))
    }

    fn id(key: &PublicKey) -> String {
        key["kid"].as_str().expect("an id").to_owned()
    }

    async fn sign(replica: &ReplicaKeys) -> String {
        let key = replica.signing_key().await.expect("the table is there");
        id(key.public())
    }

    async fn published(replica: &ReplicaKeys) -> HashSet<String> {
        let keys = replica.public_keys().await.expect("the table is there");
        keys.iter().map(id).collect()
    }

    #[tokio::test]
    async fn replicas_publish_and_know_each_other_s_keys() {
        let (table, time) = (Arc::new(Table::default()), time());
        let (one, two) = (replica(&table, &time), replica(&table, &time));
        assert!(published(&one).await.is_empty(), "no token, no key");
        let first = sign(&one).await;
        assert_eq!(published(&two).await, HashSet::from([first.clone()]));
        let second = sign(&two).await;
        assert_ne!(first, second, "a private key leaves no process");
        for replica in [&one, &two] {
            let set = replica.key_set(Some(&second)).await.expect("it is there");
            assert!(set.has(&second) && set.has(&first));
            assert_eq!(published(replica).await.len(), 2);
        }
    }

    #[tokio::test]
    async fn what_a_replica_signed_counts_when_it_is_gone_until_the_last_token_has_ended() {
        let (table, time) = (Arc::new(Table::default()), time());
        let first = sign(&replica(&table, &time)).await;
        let restarted = replica(&table, &time);
        time.advance(Duration::from_secs(3 * 60 * 60 - 1));
        assert_eq!(published(&restarted).await, HashSet::from([first.clone()]));
        time.advance(Duration::from_secs(1));
        assert!(published(&restarted).await.is_empty());
        let set = restarted.key_set(None).await.expect("it is known");
        assert!(!set.has(&first), "nor does it verify here");
    }

    #[tokio::test]
    async fn a_key_signs_for_an_hour() {
        let (table, time) = (Arc::new(Table::default()), time());
        let keys = replica(&table, &time);
        let first = sign(&keys).await;
        time.advance(Duration::from_secs(60 * 60 - 1));
        assert_eq!(sign(&keys).await, first);
        time.advance(Duration::from_secs(1));
        let second = sign(&keys).await;
        assert_ne!(second, first);
        assert_eq!(published(&keys).await, HashSet::from([first, second]));
    }

    #[tokio::test]
    async fn a_table_that_is_away_costs_what_is_not_known_and_no_more() {
        let (table, time) = (Arc::new(Table::default()), time());
        let keys = replica(&table, &time);
        let own = sign(&keys).await;
        table.go_away(true);
        assert_eq!(sign(&keys).await, own);
        assert!(keys.key_set(Some(&own)).await.expect("known").has(&own));
        let unknown = keys.key_set(Some("other")).await;
        let unavailable = |error| matches!(error, AuthError::Unavailable { .. });
        assert!(
            unknown.is_err_and(unavailable),
            "it may be in the table: not the caller's fault"
        );
        assert!(keys.public_keys().await.is_err_and(unavailable));
        time.advance(Duration::from_secs(60 * 60));
        assert!(
            keys.signing_key().await.is_err_and(unavailable),
            "nobody could verify its tokens"
        );
        table.go_away(false);
        assert_ne!(sign(&keys).await, own);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_silent_table_beyond_the_deadline() {
        let (table, time) = (Arc::new(Table::default()), time());
        let keys = Arc::new(replica(&table, &time));
        let own = sign(&keys).await;
        time.advance(Duration::from_secs(60 * 60));
        table.silent.store(true, Ordering::SeqCst);
        let began = tokio::time::Instant::now();
        let together: Vec<_> = (0..10)
            .map(|_| {
                let keys = Arc::clone(&keys);
                tokio::spawn(async move { keys.signing_key().await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        let known = keys.key_set(Some(&own)).await.expect("it is known");
        assert!(known.has(&own), "what is known counts meanwhile");
        assert_eq!(began.elapsed(), Duration::ZERO);
        for one in together {
            let error = one.await.expect("no panic").expect_err("nobody answers");
            assert_eq!(error.to_string(), NOT_ADDED);
        }
        assert_eq!(began.elapsed(), PATIENCE, "all of them together");
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_cannot_make_it_read_at_will() {
        let (table, time) = (Arc::new(Table::default()), time());
        let keys = Arc::new(replica(&table, &time));
        sign(&keys).await;
        for number in 0..100 {
            let set = keys.key_set(Some(&format!("invented-{number}"))).await;
            assert!(set.is_ok());
        }
        assert_eq!(table.reads(), 11, "once, and ten times more");
        // Nor can they keep others from being found that are new.
        let other = sign(&replica(&table, &time)).await;
        let known = async || keys.key_set(Some(&other)).await.expect("it is there");
        assert!(!known().await.has(&other));
        tokio::time::advance(FRESH).await;
        assert!(known().await.has(&other));
        assert_eq!(table.reads(), 12);
        let together: Vec<_> = (0..100)
            .map(|_| {
                let keys = Arc::clone(&keys);
                tokio::spawn(async move { published(&keys).await.len() })
            })
            .collect();
        for one in together {
            assert_eq!(one.await.expect("no panic"), 2);
        }
        let reads = table.reads() - 12;
        assert!(
            reads <= 2,
            "read {reads} times for callers that came together"
        );
    }
}
