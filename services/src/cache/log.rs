//! What the log is told of a cache, so that a hot key does not fill it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::logger::Logger;

/// How long after a line about a value that could not be read the next one is left out.
const QUIET: Duration = Duration::from_mins(1);

/// The log of a plugin's cache.
pub(super) struct CacheLog {
    logger: Logger,
    last: Mutex<Option<Instant>>,
}

impl CacheLog {
    pub(super) fn new(logger: Logger) -> Self {
        let last = Mutex::default();
        Self { logger, last }
    }

    pub(super) fn unreadable(&self, key: &str, problem: &str) {
        let now = Instant::now();
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| now - last < QUIET) {
                return;
            }
            *last = Some(now);
        }
        self.logger.warn_with(
            format!(
                "What the cache has under `{key}` cannot be read and counts as missing: {problem}. Further lines of \
                 this kind are left out for a minute"
            ),
            json!({ "key": key }),
        );
    }
}
