//! The one place where lines are filtered, formatted and written.
//!
//! Loggers, events of the macros and the panic hook all end here, so they agree on everything. What can
//! change while the backend runs is one value behind one lock: a line sees the old settings or the new ones,
//! never a mixture.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::format::Format;
use super::level::Level;
use super::line::{Entry, Line};
use super::record::Record;
use super::settings::Settings;
use super::sink::Sink;
use super::{json, text};
use crate::clock::Clock;

/// Filters, formats and writes the lines of one backend.
#[derive(Debug)]
pub(super) struct Writer {
    settings: RwLock<Arc<Settings>>,
    generation: AtomicU32,
    sink: Sink,
    clock: Clock,
    listeners: Listeners,
}

/// Whether other layers want to see what loggers write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listeners {
    None,
    Some,
}

/// Above this many bytes the buffer of a thread is given back rather than kept.
const KEPT: usize = 64 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl Writer {
    pub(super) fn new(settings: Settings, sink: Sink, clock: Clock, listeners: Listeners) -> Self {
        Self {
            settings: RwLock::new(Arc::new(settings)),
            generation: AtomicU32::new(0),
            sink,
            clock,
            listeners,
        }
    }

    pub(super) fn sink(&self) -> &Sink {
        &self.sink
    }

    pub(super) fn listeners(&self) -> Listeners {
        self.listeners
    }

    /// The settings of this moment.
    pub(super) fn settings(&self) -> Arc<Settings> {
        let settings = self.settings.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&settings)
    }

    /// Counts the changes of the settings, so that what was derived from them can be cached.
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// Exchanges the settings; lines that are being written still use the old ones.
    pub(super) fn replace_settings(&self, settings: Settings) {
        let settings = Arc::new(settings);
        *self
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner) = settings;
        self.generation.fetch_add(1, Ordering::Release);
        // The macros remember at each of their places whether anybody wants its events.
        tracing::callsite::rebuild_interest_cache();
    }

    /// Writes a line, if the levels allow it; says whether they did.
    ///
    /// `own` are the fields of the event or the call, the nearest first; `spans` go from leaf to root.
    pub(super) fn write<'a>(
        &self,
        level: Level,
        message: &'a str,
        own: impl Iterator<Item = Entry<'a>>,
        spans: &'a [Arc<Record>],
    ) -> bool {
        let settings = self.settings();
        let line = Line::new(
            (self.clock.now(), level, message),
            own,
            spans,
            &settings.meta,
        );
        if !settings.filter.allows(level, |name| line.get(name)) {
            return false;
        }
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        buffer.clear();
        match settings.format {
            Format::Json => json::render(&line, &mut buffer),
            Format::Text(colours) => text::render(&line, colours, &mut buffer),
        }
        buffer.push(b'\n');
        self.sink.write_line(&buffer);
        if buffer.capacity() <= KEPT {
            // While the thread ends there is nowhere to keep it, which does no harm.
            let _ = BUFFER.try_with(|spare| spare.set(buffer));
        }
        true
    }
}
