//! What a process knows of its tasks and of the runs that are under way in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::local::LocalTask;
use super::{RunOutcome, TaskSchedule, TaskWork};

/// A task as this process has scheduled it.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: Arc<str>,
    pub(super) schedule: TaskSchedule,
    pub(super) work: TaskWork,
    /// Before this the process runs the task only when somebody triggers it.
    pub(super) waits_until: Instant,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Global,
    Local(Box<LocalTask>),
}

impl Task {
    pub(super) fn waits(&self) -> bool {
        Instant::now() < self.waits_until
    }
}

/// A run that is under way in this process.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) fence: i64,
    pub(super) slot: i64,
    pub(super) started_at: i64,
    pub(super) times_out_at: i64,
    /// How many runs before this one were lost in a row.
    pub(super) lost_in_row: i64,
    pub(super) token: CancellationToken,
    reason: OnceLock<RunOutcome>,
    /// When the lease was last renewed for sure; never, for a task without one.
    renewed: Option<watch::Sender<Instant>>,
    /// Its function has returned; what is left is to say so.
    over: AtomicBool,
}

impl Running {
    pub(super) fn new(
        fence: i64,
        slot: i64,
        started_at: i64,
        times_out_at: i64,
        leased_at: Option<Instant>,
        lost_in_row: i64,
    ) -> Self {
        Self {
            fence,
            slot,
            started_at,
            times_out_at,
            lost_in_row,
            token: CancellationToken::new(),
            reason: OnceLock::new(),
            renewed: leased_at.map(watch::Sender::new),
            over: AtomicBool::new(false),
        }
    }

    /// Tells the run to stop. The first reason counts.
    pub(super) fn stop(&self, reason: RunOutcome) {
        let _ = self.reason.set(reason);
        self.token.cancel();
    }

    /// Why the run has to stop, if it has to.
    pub(super) fn reason(&self) -> Option<RunOutcome> {
        self.reason.get().copied()
    }

    pub(super) fn renew(&self, at: Instant) {
        if let Some(renewed) = &self.renewed {
            renewed.send_if_modified(|known| {
                let is_later = *known < at;
                if is_later {
                    *known = at;
                }
                is_later
            });
        }
    }

    pub(super) fn renewals(&self) -> Option<watch::Receiver<Instant>> {
        self.renewed.as_ref().map(watch::Sender::subscribe)
    }

    pub(super) fn set_over(&self) {
        self.over.store(true, Ordering::Release);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}
