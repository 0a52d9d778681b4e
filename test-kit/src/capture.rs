//! The log of one backend, kept line by line, with news of each line for those who wait for one.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom::logger::Sink;
use tokio::sync::watch;

use crate::logs::{LogLine, Logs};

/// The lines of a backend's log; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    lines: Arc<Mutex<Vec<LogLine>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Capture {
    pub(crate) fn new() -> Self {
        Self {
            lines: Arc::default(),
            count: Arc::new(watch::Sender::new(0)),
        }
    }

    /// A sink that keeps its lines here. The container writes each line as a whole.
    pub(crate) fn sink(&self) -> Sink {
        Sink::writer(self.clone())
    }

    pub(crate) fn logs(&self) -> Logs {
        Logs::of(self.lock().clone())
    }

    /// How many lines there are, to be waited for.
    pub(crate) fn count(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LogLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = self.lock();
        lines.extend(text.lines().map(LogLine::parse));
        let count = lines.len();
        drop(lines);
        self.count.send_replace(count);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
