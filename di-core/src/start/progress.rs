//! A start that takes long says what it waits for: soon, and then ever more rarely.

use std::fmt::Write as _;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};
use tracing::dispatcher;

use super::starter::{Stage, Starter};

/// How many of those that are at work a line names.
const NAMED: usize = 5;
const LONGEST: u64 = 60;

/// When the next line is due.
#[derive(Debug)]
pub(super) struct Progress {
    /// Until the next line; none before the start has waited at all, which most do not.
    sleep: Option<Pin<Box<Sleep>>>,
    /// The pauses after this one, in seconds: each is the sum of the two before it.
    next: (u64, u64),
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            sleep: None,
            next: (1, 2),
        }
    }

    pub(super) async fn due(&mut self) {
        let first = || Box::pin(sleep(Duration::from_secs(1)));
        let sleep = self.sleep.get_or_insert_with(first);
        sleep.as_mut().await;
        let (pause, after) = self.next;
        self.next = (after.min(LONGEST), (pause + after).min(LONGEST));
        let pause = Duration::from_secs(pause);
        sleep.as_mut().reset(Instant::now() + pause);
    }
}

impl Starter<'_> {
    pub(super) fn say_progress(&self) {
        let text = self.waits_for();
        dispatcher::with_default(
            &self.root.dispatch(),
            || tracing::info!(target: "greenroom", "Still starting: waiting for {text}"),
        );
    }

    /// What is at work, oldest first, and how much waits for it.
    pub(super) fn waits_for(&self) -> String {
        let now = self.began.elapsed();
        let units = 0..self.states.len();
        let mut running: Vec<usize> = units
            .clone()
            .filter(|&unit| self.states[unit].stage == Stage::Running)
            .collect();
        if running.is_empty() {
            return "the startup hooks of the backend".to_owned();
        }
        running.sort_by_key(|&unit| self.states[unit].began);
        let waiting = units
            .filter(|&unit| self.states[unit].stage == Stage::Waiting && !self.is_built_in(unit));
        let mut text = String::new();
        for (at, &unit) in running.iter().take(NAMED).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            let since = now.saturating_sub(self.states[unit].began).as_secs_f64();
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}{} ({since:.1} s)", self.name(unit));
        }
        if let Some(others @ 1..) = running.len().checked_sub(NAMED) {
            let _ = write!(text, " and {others} more");
        }
        if let behind @ 1.. = waiting.count() {
            let verb = if behind == 1 { "waits" } else { "wait" };
            let _ = write!(text, "; {behind} {verb} behind");
        }
        text
    }
}
