//! The task that looks at the files from time to time.
//!
//! Looking is dearer than being told, but it works where being told does not: in a container's
//! mounted volume, on a network drive, and for a `ConfigMap`, whose files are links that are
//! swapped elsewhere. A handful of `stat` calls twice a second cost nothing. The intervals are those
//! of the runtime's clock, so that a test moves them; the look itself may block, and has a thread of
//! the runtime for that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

/// A task that does something at intervals, until this is dropped.
pub(super) struct Watcher {
    task: JoinHandle<()>,
    turn: Arc<Mutex<Turn>>,
}

/// Whether there is another look. Held locked during each of them.
enum Turn {
    Look,
    End,
}

impl Watcher {
    /// Starts to do `work` every `interval`, under the tracing dispatch of the caller.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub(super) fn start(interval: Duration, work: impl Fn() + Send + Sync + 'static) -> Self {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let turn = Arc::new(Mutex::new(Turn::Look));
        let turns = Arc::clone(&turn);
        let look = Arc::new(move || {
            let turn = turns.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*turn, Turn::Look) {
                tracing::dispatcher::with_default(&dispatch, &work);
            }
        });
        let task = tokio::spawn(async move {
            loop {
                sleep(interval).await;
                let look = Arc::clone(&look);
                // It has panicked, which was reported when it happened, or the runtime ends.
                if spawn_blocking(move || look()).await.is_err() {
                    break;
                }
            }
        });
        Self { task, turn }
    }
}

impl Drop for Watcher {
    /// Ends the task, and waits at most as long as one look at the files takes, so that nothing is
    /// read or logged afterwards.
    fn drop(&mut self) {
        self.task.abort();
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = Turn::End;
    }
}
