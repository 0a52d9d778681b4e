//! The background tasks of a plugin: contained while they run, ended with the plugin.

use std::borrow::Cow;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::context::RootContext;
use crate::stop::StopReport;

/// How long tasks that were cancelled may take to end.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

type Named = (Cow<'static, str>, JoinHandle<()>);

/// The tasks of one plugin that have not ended; none once the plugin takes no more.
#[derive(Debug)]
pub(crate) struct Tasks(Mutex<Option<Vec<Named>>>);

impl Default for Tasks {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Tasks {
    /// Begins a task, unless it is too late; says whether it did.
    pub(crate) fn spawn(
        &self,
        name: Cow<'static, str>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(tasks) = open.as_mut() else {
            return false;
        };
        // A plugin may spawn a short task for each of a million messages.
        if tasks.len() == tasks.capacity() {
            tasks.retain(|(_, task)| !task.is_finished());
        }
        tasks.push((name, tokio::spawn(work)));
        true
    }

    /// Cancels all tasks, without waiting for their end.
    pub(crate) fn cancel(&self) {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, task) in open.iter().flatten() {
            task.abort();
        }
    }

    /// Cancels all tasks, takes no more, and waits for their end for a while.
    pub(crate) async fn end(&self, plugin: &'static str) -> StopReport {
        self.cancel();
        let tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut report = StopReport::default();
        let deadline = Instant::now() + LIMIT;
        for (name, task) in tasks.into_iter().flatten() {
            match timeout_at(deadline, task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) if error.is_cancelled() => {}
                Ok(Err(_)) => {
                    tracing::error!(target: "greenroom", plugin, task = %name, "A background task panicked when it was cancelled");
                    report.failed.push(format!("{plugin}: {name}"));
                }
                Err(_) => {
                    let milliseconds = crate::name::milliseconds(LIMIT);
                    tracing::error!(target: "greenroom",
                        plugin,
                        task = %name,
                        deadlineMs = milliseconds,
                        "A background task hung when it was cancelled and was given up"
                    );
                    report.hung.push(format!("{plugin}: {name}"));
                }
            }
        }
        report
    }
}

/// Cancels the tasks of all plugins when it is dropped: a backend that is let go without a stop leaves
/// nothing running behind.
#[derive(Debug)]
pub(crate) struct CancelOnDrop(pub(crate) Arc<RootContext>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        for plugin in self.0.plugins() {
            plugin.tasks().cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_does_not_end_is_named() {
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        // Unlike an async task, this one cannot be cancelled once it has begun.
        let stuck = tokio::task::spawn_blocking(move || {
            let _ = begin.send(());
            let _ = wait.recv();
        });
        begun.await.expect("it begins");
        let tasks = Tasks(Mutex::new(Some(vec![("stuck".into(), stuck)])));
        assert!(tasks.spawn("polite".into(), std::future::pending()));
        let clock = async {
            tokio::task::yield_now().await;
            tokio::time::advance(LIMIT).await;
        };
        let (report, ()) = tokio::join!(tasks.end("p"), clock);
        assert_eq!(report.hung, ["p: stuck"]);
        assert!(!tasks.spawn("late".into(), std::future::pending()));
        drop(release);
    }
}
