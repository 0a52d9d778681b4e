//! The thread that looks at the files from time to time.
//!
//! Looking is dearer than being told, but it works where being told does not: in a container's
//! mounted volume, on a network drive, and for a `ConfigMap`, whose files are links that are
//! swapped elsewhere. A handful of `stat` calls twice a second cost nothing. It is a thread and not
//! a task, so that it needs no runtime and blocks none.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A thread that does something at intervals, until this is dropped.
pub(super) struct Watcher {
    /// Nothing is ever sent: that it is gone is the sign to stop.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts to do `work` every `interval`, under the tracing dispatch of the caller.
    pub(super) fn start(interval: Duration, work: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        let thread = thread::Builder::new()
            .name("config-watch".to_owned())
            .spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                        work();
                    }
                });
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Watcher {
    /// Ends the thread and waits for it, at most as long as one look at the files takes, so that
    /// nothing is read or logged afterwards.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}
