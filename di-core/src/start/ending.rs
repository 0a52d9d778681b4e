//! The end of a start, good or bad: the records in the log, and the stop of what had started.

use tokio::time::timeout;
use tracing::dispatcher;

use super::Running;
use super::starter::{Stage, Starter};
use crate::error::StartError;
use crate::name::milliseconds;
use crate::tasks::LIMIT;

impl Starter<'_> {
    pub(super) async fn finish(
        mut self,
        outcome: Result<(), StartError>,
    ) -> Result<Running, StartError> {
        self.end_tasks().await;
        match outcome {
            Ok(()) => Ok(self.into_running()),
            Err(error) => {
                if let StartError::Failed(report) = &error {
                    dispatcher::with_default(&self.root.dispatch(), || report.log());
                }
                let stopped = self.into_running().stop().await;
                Err(match error {
                    StartError::Interrupted(_) => StartError::Interrupted(stopped),
                    error => error,
                })
            }
        }
    }

    /// Ends what is still at work after an interruption. Its results no longer matter, but nothing may go on
    /// behind a backend that has stopped.
    async fn end_tasks(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let text = self.waits_for();
        let dispatch = self.root.dispatch();
        dispatcher::with_default(
            &dispatch,
            || tracing::info!(target: "greenroom", "The start was broken off while it waited for {text}"),
        );
        self.tasks.abort_all();
        let Self { tasks, states, .. } = self;
        let all = async {
            while let Some(done) = tasks.join_next_with_id().await {
                let id = done.map_or_else(|error| error.id(), |(id, _)| id);
                for state in states.iter_mut().filter(|state| state.task == Some(id)) {
                    if state.stage == Stage::Running {
                        state.stage = Stage::Skipped;
                    }
                }
            }
        };
        if timeout(LIMIT, all).await.is_err() {
            let text = self.waits_for();
            let milliseconds = milliseconds(LIMIT);
            dispatcher::with_default(&dispatch, || {
                tracing::error!(target: "greenroom", deadlineMs = milliseconds, "Given up, for it hung when it was cancelled: {text}");
            });
        }
    }

    /// Logs the warnings as soon as there is a log.
    pub(super) fn say_warnings(&mut self) {
        if !self.warnings.is_empty()
            && let Some(dispatch) = self.root.own_dispatch()
        {
            let dispatch = dispatch.clone();
            dispatcher::with_default(&dispatch, || self.say_all_warnings());
        }
    }

    pub(super) fn say_all_warnings(&mut self) {
        for warning in self.warnings.drain(..) {
            tracing::warn!(target: "greenroom", "{warning}");
        }
    }
}
