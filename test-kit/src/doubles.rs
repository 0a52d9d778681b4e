//! The doubles of one test, held until its backend has stopped.
//!
//! A mock of `mockall` tells of an expectation that was not met when it is dropped, by a panic. On the backend's thread
//! nobody would hear it. So the test holds one handle of each double, lets go of it on its own thread, and gathers what
//! is told there.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use greenroom::Service;

use crate::panic_text::text_of;
use crate::refusals::Refusals;
use crate::{Logs, TestDouble};

/// What a test brought in place of services, by handles of its own.
#[derive(Default)]
pub(crate) struct Doubles {
    held: Vec<Box<dyn Held>>,
    refusals: Refusals,
}

/// A double of any kind.
trait Held: Send + Sync {
    fn verify(&self) -> Result<(), String>;
}

struct Double<D>(Arc<D>);

impl<D: TestDouble> Held for Double<D> {
    fn verify(&self) -> Result<(), String> {
        self.0.verify()
    }
}

/// An instance of which nothing else is known: it may be a mock.
struct Bare<S: ?Sized>(Arc<S>);

impl<S: Service + ?Sized> Held for Bare<S> {
    fn verify(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Doubles {
    pub(crate) fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    pub(crate) fn hold<D: TestDouble>(&mut self, double: Arc<D>) {
        self.held.push(Box::new(Double(double)));
    }

    pub(crate) fn hold_bare<S: Service + ?Sized>(&mut self, instance: Arc<S>) {
        self.held.push(Box::new(Bare(instance)));
    }

    /// Lets all doubles go, once the backend is gone, and tells what is wrong with their use.
    pub(crate) fn end(&mut self, logs: &Logs) -> Option<String> {
        let mut problems = self.refusals.all(logs);
        for double in self.held.drain(..) {
            problems.extend(double.verify().err());
            // What is dropped is not looked at again.
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(double)));
            problems.extend(dropped.err().map(|payload| text_of(&*payload)));
        }
        if problems.is_empty() {
            return None;
        }
        let lines = problems
            .iter()
            .map(|problem| format!("\n  {}", problem.replace('\n', "\n    ")));
        let lines: String = lines.collect();
        Some(format!("what stood in for a service complains:{lines}"))
    }
}

impl fmt::Debug for Doubles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Doubles({})", self.held.len())
    }
}
