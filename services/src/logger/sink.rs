//! Where the lines go.
//!
//! A sink gets whole lines, each in one write under one lock, so lines of two threads never mix. It has
//! no error to return: when the log cannot be written (the reader of a pipe is gone, the disk is full)
//! there is nobody left to tell, and the backend's work is worth more than its log.

use std::cell::Cell;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::format::Destination;

/// Where the lines go; clones share the destination.
#[derive(Clone)]
pub struct Sink(Arc<Kind>);

enum Kind {
    Stdout,
    Stderr,
    Memory(Lines),
    Writer(Mutex<Box<dyn Write + Send>>),
}

/// The lines that a [memory sink](Sink::memory) has received; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

thread_local! {
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

impl Sink {
    /// The standard output of the process.
    pub fn stdout() -> Self {
        Self(Arc::new(Kind::Stdout))
    }

    /// The standard error of the process, for commands whose standard output is data.
    pub fn stderr() -> Self {
        Self(Arc::new(Kind::Stderr))
    }

    /// Keeps all lines, without limit: for tests.
    pub fn memory() -> (Self, Lines) {
        let lines = Lines::default();
        (Self(Arc::new(Kind::Memory(lines.clone()))), lines)
    }

    /// Any writer, for instance a file. Each line is one `write_all`, followed by a `flush`.
    pub fn writer(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Kind::Writer(Mutex::new(Box::new(writer)))))
    }

    /// What kind of reader is at the other end.
    pub(super) fn destination(&self) -> Destination {
        match *self.0 {
            Kind::Stdout if io::stdout().is_terminal() => Destination::Terminal,
            Kind::Stderr if io::stderr().is_terminal() => Destination::Terminal,
            _ => Destination::Other,
        }
    }

    /// Writes a line that ends in a newline; failures are ignored.
    ///
    /// What the writer itself logs, or a panic inside it, is dropped: it would wait for its own lock.
    pub(super) fn write_line(&self, line: &[u8]) {
        if WRITING.try_with(|writing| writing.replace(true)) == Ok(true) {
            return;
        }
        let _reset = Reset;
        let _ = match &*self.0 {
            Kind::Stdout => write_and_flush(&mut io::stdout().lock(), line),
            Kind::Stderr => write_and_flush(&mut io::stderr().lock(), line),
            Kind::Memory(lines) => {
                lines.push(line);
                Ok(())
            }
            Kind::Writer(writer) => {
                let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
                write_and_flush(&mut **writer, line)
            }
        };
    }
}

/// Allows the thread to write again, even after a panic of the writer.
struct Reset;

impl Drop for Reset {
    fn drop(&mut self) {
        let _ = WRITING.try_with(|writing| writing.set(false));
    }
}

fn write_and_flush(writer: &mut dyn Write, line: &[u8]) -> io::Result<()> {
    writer.write_all(line)?;
    writer.flush()
}

impl Lines {
    /// All lines so far, without their final newline.
    pub fn all(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// All lines so far, which are then forgotten.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }

    fn push(&self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        self.lock().push(String::from_utf8_lossy(line).into_owned());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match *self.0 {
            Kind::Stdout => "Sink::stdout",
            Kind::Stderr => "Sink::stderr",
            Kind::Memory(_) => "Sink::memory",
            Kind::Writer(_) => "Sink::writer",
        })
    }
}
