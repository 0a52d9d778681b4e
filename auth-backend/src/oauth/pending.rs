//! What waits here while a browser is at the provider.
//!
//! It can be taken once: an answer of the provider that comes a second time finds nothing. Replicas that share people
//! have to share this too, which is why it is a trait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom::BoxError;
use greenroom::prelude::*;

/// How many sign-ins may wait.
const ROOM: usize = 10_000;

/// A sign-in that has begun.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// A hash of the state that was sent, all of it: who asks for many sign-ins must not fill the memory.
    pub(crate) state: String,
    /// The nonce that the ID token has to name.
    pub(crate) nonce: Secret<String>,
    /// The verifier of PKCE.
    pub(crate) verifier: Secret<String>,
}

/// Keeps sign-ins that have begun, by an id that only the browser knows.
#[async_trait]
pub(crate) trait PendingSignIns: Send + Sync {
    /// Keeps one until then.
    async fn put(&self, id: &str, pending: Pending, until: SystemTime) -> Result<(), BoxError>;

    /// Takes one out, if it is there and has not ended. Of two who ask for the same one gets it.
    async fn take(&self, id: &str, now: SystemTime) -> Result<Option<Pending>, BoxError>;
}

/// Sign-ins of this process. When there is no more room, the one goes that ends first.
#[derive(Default)]
pub(crate) struct MemoryPending(Mutex<HashMap<String, (SystemTime, Pending)>>);

#[async_trait]
impl PendingSignIns for MemoryPending {
    async fn put(&self, id: &str, pending: Pending, until: SystemTime) -> Result<(), BoxError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ROOM {
            let first = all.iter().min_by_key(|(_, (until, _))| *until);
            if let Some(first) = first.map(|(id, _)| id.clone()) {
                all.remove(&first);
            }
        }
        all.insert(id.to_owned(), (until, pending));
        Ok(())
    }

    async fn take(&self, id: &str, now: SystemTime) -> Result<Option<Pending>, BoxError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.remove(id).filter(|(until, _)| now < *until);
        Ok(taken.map(|(_, pending)| pending))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn at(seconds: usize) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds as u64)
    }

    fn pending() -> Pending {
        Pending {
            state: "state".to_owned(),
            nonce: Secret::new("nonce".to_owned()),
            verifier: Secret::new("verifier".to_owned()),
        }
    }

    #[tokio::test]
    async fn it_is_taken_once_and_not_too_late() {
        let all = MemoryPending::default();
        let put = async |id| all.put(id, pending(), at(10)).await.expect("there is room");
        let take = async |id, now| all.take(id, at(now)).await.expect("memory is there");
        put("a").await;
        assert!(take("b", 9).await.is_none());
        assert!(take("a", 9).await.is_some());
        assert!(take("a", 9).await.is_none());
        put("a").await;
        assert!(take("a", 10).await.is_none());
    }

    #[tokio::test]
    async fn who_ends_first_makes_room() {
        let all = MemoryPending::default();
        for number in 0..=ROOM {
            let id = number.to_string();
            let put = all.put(&id, pending(), at(number + 1));
            put.await.expect("there is room");
        }
        let take = async |id: usize| {
            let id = id.to_string();
            all.take(&id, at(0)).await.ok().flatten()
        };
        assert!(take(0).await.is_none());
        assert!(take(1).await.is_some());
        assert!(take(ROOM).await.is_some());
    }
}
