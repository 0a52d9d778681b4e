//! A connection in somebody's hands, and how it comes back.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::pool::{Permits, Slot};
use super::session::simple;

/// How long tidying up may take before the connection is closed instead.
const TIDYING: Duration = Duration::from_secs(5);

/// A connection for as long as somebody needs it. When it is dropped it goes back, tidy, or is closed.
pub(in crate::database) struct Lease {
    held: Option<(Slot, Permits)>,
    traces: Traces,
}

/// What its use may have left behind.
#[derive(Clone, Copy, Debug, Default)]
struct Traces {
    /// A statement is under way; if it stays so, its future was dropped.
    is_busy: bool,
    is_dead: bool,
    /// The session may have settings, locks or tables of its own.
    is_altered: bool,
    is_in_transaction: bool,
    /// It was in hands that can do anything.
    was_raw: bool,
}

impl Lease {
    pub(super) fn new(slot: Slot, permits: Permits) -> Self {
        Self {
            held: Some((slot, permits)),
            traces: Traces::default(),
        }
    }

    /// The connection itself, for whoever does anything with it.
    pub(in crate::database) fn raw(&mut self) -> &mut PgConnection {
        self.traces.was_raw = true;
        self.connection()
    }

    /// The connection to look at.
    pub(in crate::database) fn look(&self) -> &PgConnection {
        let held = self.held.as_ref();
        &held.expect("it is there until it is dropped").0.connection
    }

    pub(super) fn note_altered(&mut self) {
        self.traces.is_altered = true;
    }

    pub(super) fn note_transaction(&mut self, is_open: bool) {
        self.traces.is_in_transaction = is_open;
    }

    /// Whether the future of an earlier statement was dropped before it came to its end.
    pub(super) fn is_torn(&self) -> bool {
        self.traces.is_busy
    }

    /// Runs a statement.
    pub(super) async fn run<'c, T, F>(
        &'c mut self,
        statement: impl FnOnce(&'c mut PgConnection) -> F + Send,
    ) -> sqlx::Result<T>
    where
        F: Future<Output = sqlx::Result<T>> + Send + 'c,
    {
        let Self { held, traces } = self;
        let held = held.as_mut().expect("it is there until it is dropped");
        traces.is_busy = true;
        let outcome = statement(&mut held.0.connection).await;
        traces.is_busy = false;
        if let Err(error) = &outcome {
            traces.is_dead |= is_fatal(error);
        }
        outcome
    }

    fn connection(&mut self) -> &mut PgConnection {
        let held = self.held.as_mut();
        &mut held.expect("it is there until it is dropped").0.connection
    }
}

/// Whether a connection is of no more use after this.
fn is_fatal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
        // The server shuts down, crashed, or was told to end the session.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some((slot, permits)) = self.held.take() else {
            return;
        };
        let pool = Arc::clone(permits.pool());
        let traces = self.traces;
        if traces.is_busy || traces.is_dead {
            pool.discard(slot, traces.is_dead);
            return;
        }
        if !(traces.is_altered || traces.is_in_transaction || traces.was_raw) {
            pool.put_back(slot);
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            pool.discard(slot, false);
            return;
        };
        // The permits stay with it: as long as it is being tidied it is in use.
        let mut tidying = Tidying {
            slot: Some(slot),
            permits,
        };
        runtime.spawn(async move {
            let done = timeout(TIDYING, tidying.tidy(traces)).await;
            if matches!(done, Ok(Ok(())))
                && let Some(slot) = tidying.slot.take()
            {
                pool.put_back(slot);
            }
        });
    }
}

/// A connection that is being tidied up; dropped before the end, it is closed.
struct Tidying {
    slot: Option<Slot>,
    permits: Permits,
}

impl Tidying {
    async fn tidy(&mut self, traces: Traces) -> sqlx::Result<()> {
        let Some(slot) = &mut self.slot else {
            return Ok(());
        };
        if traces.was_raw || traces.is_altered {
            let greeting = self.permits.greeting();
            greeting.say_again(&mut slot.connection).await
        } else {
            simple(&mut slot.connection, "ROLLBACK").await
        }
    }
}

impl Drop for Tidying {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            self.permits.pool().discard(slot, false);
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Lease")
            .field("traces", &self.traces)
            .finish_non_exhaustive()
    }
}
