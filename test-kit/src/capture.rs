//! The log of one backend, kept line by line, with news of each line for those who wait for one.

use std::io::{self, Write};
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::off_thread;
use crate::logs::{LogLine, Logs};
use greenroom::logger::Sink;

/// How long a test waits for a line, in real time whatever its clock says: a line that is misspelt would hang it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lines of a backend's log; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    lines: Arc<Mutex<Vec<LogLine>>>,
    added: Arc<Condvar>,
}

impl Capture {
    pub(crate) fn new() -> Self {
        Self {
            lines: Arc::default(),
            added: Arc::default(),
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
        self.lock().extend(new);
        self.added.notify_all();
    }

    /// Waits until a line contains this text; fails the test when it does not come.
    #[track_caller]
    pub(crate) fn logged(&self, text: &str) -> impl Future<Output = ()> + Send + use<> {
        self.logged_within(text, PATIENCE)
    }

    #[track_caller]
    fn logged_within(
        &self,
        text: &str,
        patience: Duration,
    ) -> impl Future<Output = ()> + Send + use<> {
        let caller = Location::caller();
        let (capture, text) = (self.clone(), text.to_owned());
        async move {
            let waiting = (capture.clone(), text.clone());
            let came = off_thread(move || {
                let (capture, text) = waiting;
                let is_missing = |lines: &mut Vec<LogLine>| {
                    !lines.iter().any(|line| line.message.contains(&text))
                };
                let waited = capture
                    .added
                    .wait_timeout_while(capture.lock(), patience, is_missing);
                let (lines, waited) = waited.unwrap_or_else(PoisonError::into_inner);
                drop(lines);
                !waited.timed_out()
            });
            if !came.await {
                let (seconds, logs) = (patience.as_secs_f32(), capture.logs());
                panic!("at {caller}: no line says `{text}` after {seconds} s\n\n{logs}");
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panic_text::text_of;

    #[tokio::test(start_paused = true)]
    async fn a_line_that_does_not_come_fails_the_test_with_the_log() {
        let mut capture = Capture::new();
        writeln!(capture, r#"{{"level":"info","message":"another"}}"#).expect("it is kept");
        let waiting = capture.logged_within("missing", Duration::from_millis(1));
        let failed = tokio::spawn(waiting)
            .await
            .map_err(|error| error.into_panic());
        let text = text_of(&*failed.expect_err("it does not come"));
        assert!(text.contains("no line says `missing` after"), "{text}");
        assert!(text.contains(file!()) && text.contains("another"), "{text}");
    }
}
