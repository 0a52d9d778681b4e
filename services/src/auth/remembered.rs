//! What was found out about tokens, so that the next request with the same token costs no signature check.
//!
//! An entry is found by the hash of a token; the token itself is not kept. Only tokens that were verified get in, so
//! that bad ones take no room, and room is bounded: there are two generations, and when the younger one is full, it
//! becomes the older one and what was in that is forgotten. An entry that is asked for moves to the younger one.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use sha2::{Digest as _, Sha512_256};

/// The hash of a token. SHA-512/256 is fast on any processor; SHA-256 would be faster on one with an instruction for it, and
/// takes three times as long on others.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha512_256::digest(token).into())
    }
}

/// A bounded memory. `K` has the fingerprint of a token.
pub(crate) struct Remembered<K, T> {
    room: usize,
    generations: Mutex<Generations<K, T>>,
}

struct Generations<K, T> {
    younger: HashMap<K, Entry<T>>,
    older: HashMap<K, Entry<T>>,
}

struct Entry<T> {
    value: T,
    until: SystemTime,
}

impl<K: Eq + Hash, T: Clone> Remembered<K, T> {
    /// Room for this many entries, and at most as many older ones.
    pub(crate) fn with_room_for(room: usize) -> Self {
        let generations = Generations {
            younger: HashMap::new(),
            older: HashMap::new(),
        };
        Self {
            room,
            generations: Mutex::new(generations),
        }
    }

    /// What is remembered and still holds.
    pub(crate) fn get(&self, of: &K, now: SystemTime) -> Option<T> {
        let mut generations = self.lock();
        if let Some(entry) = generations.younger.get(of) {
            return (now < entry.until).then(|| entry.value.clone());
        }
        let (of, entry) = generations.older.remove_entry(of)?;
        if now >= entry.until {
            return None;
        }
        let value = entry.value.clone();
        generations.insert(of, entry, self.room);
        Some(value)
    }

    /// Remembers something until then.
    pub(crate) fn insert(&self, of: K, value: T, until: SystemTime) {
        self.lock().insert(of, Entry { value, until }, self.room);
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let generations = self.lock();
        generations.younger.len() + generations.older.len()
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, T>> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, T> Generations<K, T> {
    fn insert(&mut self, of: K, entry: Entry<T>, room: usize) {
        if self.younger.len() >= room {
            self.older = std::mem::take(&mut self.younger);
        }
        self.younger.insert(of, entry);
    }
}

impl<K, T> fmt::Debug for Remembered<K, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Remembered")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn of(number: usize) -> Fingerprint {
        Fingerprint::of(&number.to_string())
    }

    #[test]
    fn an_entry_holds_until_its_end() {
        let memory = Remembered::with_room_for(10);
        let end = NOW + Duration::from_secs(1);
        memory.insert(of(1), "one", end);
        assert_eq!(memory.get(&of(1), NOW), Some("one"));
        assert_eq!(memory.get(&of(1), end), None);
        assert_eq!(memory.get(&of(2), NOW), None);
    }

    #[test]
    fn room_is_bounded_and_what_is_used_stays() {
        let memory = Remembered::with_room_for(100);
        let end = NOW + Duration::from_secs(1);
        memory.insert(of(0), 0, end);
        for number in 1..10_000 {
            memory.insert(of(number), number, end);
            assert_eq!(memory.get(&of(0), NOW), Some(0), "{number}");
        }
        assert!(memory.len() <= 200, "{}", memory.len());
        assert_eq!(memory.get(&of(1), NOW), None);
    }
}
