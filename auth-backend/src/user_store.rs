//! What was known of users when they signed in, for those whose tokens do not say it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom::BoxError;

/// How many users are remembered.
const ROOM: usize = 10_000;

/// Keeps the owners that users can act for, by the user's reference.
#[async_trait]
pub(crate) trait UserStore: Send + Sync {
    /// Remembers a user, whose token ends then. What was known before no longer counts.
    async fn put(&self, user: &str, owners: &[String], until: SystemTime) -> Result<(), BoxError>;

    /// The owners, if the user has signed in.
    async fn owners(&self, user: &str) -> Result<Option<Vec<String>>, BoxError>;
}

/// Users of this process, as long as it lasts. When there is no more room, the one is forgotten whose token ends first.
#[derive(Default)]
pub(crate) struct MemoryUsers(Mutex<HashMap<String, Known>>);

struct Known {
    owners: Vec<String>,
    until: SystemTime,
}

impl MemoryUsers {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl UserStore for MemoryUsers {
    async fn put(&self, user: &str, owners: &[String], until: SystemTime) -> Result<(), BoxError> {
        let mut users = self.lock();
        if users.len() >= ROOM && !users.contains_key(user) {
            let first = users.iter().min_by_key(|(_, known)| known.until);
            if let Some(first) = first.map(|(user, _)| user.clone()) {
                users.remove(&first);
            }
        }
        let owners = owners.to_vec();
        users.insert(user.to_owned(), Known { owners, until });
        Ok(())
    }

    async fn owners(&self, user: &str) -> Result<Option<Vec<String>>, BoxError> {
        Ok(self.lock().get(user).map(|known| known.owners.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[tokio::test]
    async fn who_signed_in_again_has_new_owners_and_who_ends_first_makes_room() {
        let users = MemoryUsers::default();
        let at = |seconds: usize| UNIX_EPOCH + Duration::from_secs(seconds as u64);
        for number in 0..ROOM {
            let user = format!("user:default/{number}");
            let put = users.put(&user, std::slice::from_ref(&user), at(number + 10));
            put.await.expect("memory is there");
        }
        let owners = async |user: &str| users.owners(user).await.expect("memory is there");
        let team = ["group:default/team".to_owned()];
        let again = users.put("user:default/0", &team, at(ROOM + 10)).await;
        again.expect("memory is there");
        assert_eq!(owners("user:default/0").await.as_deref(), Some(&team[..]));
        assert!(owners("user:default/1").await.is_some());
        let new = users.put("user:default/new", &team, at(5)).await;
        new.expect("memory is there");
        assert!(owners("user:default/1").await.is_none());
        assert!(owners("user:default/new").await.is_some());
        assert_eq!(users.lock().len(), ROOM);
    }
}
