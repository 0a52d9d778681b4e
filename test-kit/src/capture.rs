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

    /// Adds a line that never was text.
    pub(crate) fn add(&self, line: LogLine) {
        self.extend([line]);
    }

    fn extend(&self, new: impl IntoIterator<Item = LogLine>) {
        let mut lines = self.lock();
        lines.extend(new);
        let count = lines.len();
        drop(lines);
        self.count.send_replace(count);
    }

    /// Waits until a line contains this text.
    pub(crate) async fn logged(&self, text: &str) {
        let mut count = self.count.subscribe();
        while self.logs().containing(text).lines().is_empty() {
            // `self` keeps the sender.
            let _ = count.changed().await;
        }
    }

    pub(crate) fn logs(&self) -> Logs {
        Logs::of(self.lock().clone())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LogLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.extend(text.lines().map(LogLine::parse));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
