//! A backend that runs for a test, and that stops with it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use greenroom::clock::{ClockService, SystemClock};
use greenroom::config::RootConfigService;
use greenroom::root_http_router::{RootHttpRouter, RootHttpRouterService};
use greenroom::{ExtensionPoint, Running, Service, StopReport};
use http::Method;
use serde_json::Value;

use crate::capture::Capture;
use crate::configuration::Configuration;
use crate::doubles::Doubles;
use crate::engine::{Live, Time, off_thread};
use crate::generated::Probed;
use crate::stand_in::Points;
use crate::{Logs, TestRequest};

/// A backend that runs for a test.
///
/// Dropping it stops it and waits for the end, in a test that panics too. What did not stop as it should fails the
/// test; in a test that panics already it is printed to standard error. A test of such a stop awaits
/// [`stop`](Self::stop) and looks at the report. So does what complains among the fakes and mocks that the test brought.
///
/// The drop blocks the test's thread. So where a shutdown hook waits for something that the test itself does in
/// another task, await [`stop`](Self::stop).
#[derive(Debug)]
pub struct StartedTestBackend {
    /// None once it was stopped.
    live: Option<Live>,
    time: Time,
    config: Configuration,
    capture: Capture,
    points: Points,
    probed: Probed,
    doubles: Doubles,
    requests: AtomicU64,
}

/// What a backend is to its test when it has started.
pub(crate) struct Parts {
    pub(crate) live: Live,
    pub(crate) time: Time,
    pub(crate) config: Configuration,
    pub(crate) capture: Capture,
    pub(crate) points: Points,
    pub(crate) probed: Probed,
    pub(crate) doubles: Doubles,
}

impl StartedTestBackend {
    pub(crate) fn of(parts: Parts) -> Self {
        let Parts {
            live,
            time,
            config,
            capture,
            points,
            probed,
            doubles,
        } = parts;
        Self {
            live: Some(live),
            time,
            config,
            capture,
            points,
            probed,
            doubles,
            requests: AtomicU64::new(0),
        }
    }

    /// A GET request.
    #[track_caller]
    pub fn get(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::GET, path)
    }

    /// A POST request.
    #[track_caller]
    pub fn post(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::POST, path)
    }

    /// A PUT request.
    #[track_caller]
    pub fn put(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PUT, path)
    }

    /// A PATCH request.
    #[track_caller]
    pub fn patch(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PATCH, path)
    }

    /// A DELETE request.
    #[track_caller]
    pub fn delete(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::DELETE, path)
    }

    /// A request of any method. It passes all that a request from outside does, but the socket.
    #[track_caller]
    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        TestRequest::new(self, method, path)
    }

    /// The log so far.
    #[must_use]
    pub fn logs(&self) -> Logs {
        self.capture.logs()
    }

    /// Waits until a line of the log contains this text: for what goes on in the background.
    ///
    /// # Panics
    ///
    /// When no line does so for ten seconds of real time: with the log.
    #[track_caller]
    pub fn logged(&self, text: &str) -> impl Future<Output = ()> + Send + use<> {
        self.capture.logged(text)
    }

    /// What the modules of a plugin that is not listed wrote to an extension point. It is given away once.
    ///
    /// # Panics
    ///
    /// When there is none: no module wrote to the point, its plugin is listed and has taken it, a module that panicked
    /// lost it, or it was given away already.
    #[must_use]
    #[track_caller]
    pub fn extension_point<T: ExtensionPoint>(&self) -> T {
        self.points.take::<T>().unwrap_or_else(|| {
            let (id, plugin) = (T::META.service.id, T::META.plugin);
            panic!(
                "there is no extension point `{id}` to read: it is here once, if a module of plugin `{plugin}` \
                 wrote to it and the plugin is not listed itself\n\n{}",
                self.logs()
            )
        })
    }

    /// A service as this plugin has it. [`TestBackend::reach`](crate::TestBackend::reach) has it built.
    ///
    /// # Panics
    ///
    /// When the test did not ask for it before the start, or the plugin did not start.
    #[must_use]
    #[track_caller]
    pub fn service<S: Service + ?Sized>(&self, plugin: &str) -> Arc<S> {
        let Some(service) = self.probed.get::<S>(plugin) else {
            let (name, id) = (S::META.type_name, S::META.id);
            panic!(
                "service `{id}` of plugin `{plugin}` was not kept for the test: ask for it before the start, by \
                 `.reach::<{name}>(\"{plugin}\")`\n\n{}",
                self.logs()
            )
        };
        service
    }

    /// The address that the backend listens on; none without [`TestBackend::listen`](crate::TestBackend::listen).
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.router()?.address()
    }

    /// The backend itself: the report of its start, its root services and its state.
    #[must_use]
    pub fn running(&self) -> &Running {
        self.live().running()
    }

    /// The time of day for the backend: what its `core.clock` says.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        match (
            self.running().root_service::<dyn ClockService>(),
            &self.time,
        ) {
            (Some(clock), _) => clock.now(),
            // Nothing that was started takes it.
            (None, Time::Paused(clock)) => clock.now(),
            (None, Time::Running) => SystemClock.now(),
        }
    }

    /// Puts another configuration in place of the one that holds, as a changed file would, and wakes those who follow
    /// it.
    ///
    /// # Panics
    ///
    /// When the configuration comes from a factory or a double of the test's own, which is then to be changed itself.
    #[track_caller]
    pub fn update_config(&self, config: Value) {
        let service = self.running().root_service::<dyn RootConfigService>();
        let seen = service.map(|service| service.subscribe());
        self.config.replace(config);
        assert!(
            seen.is_some_and(|seen| seen.has_changed().unwrap_or(false)),
            "the configuration of this backend is not the kit's: change the service that the test brought"
        );
    }

    /// Moves the backend's paused clock, timers and times of day, and wakes what waits for the time that comes.
    ///
    /// # Panics
    ///
    /// When the clock runs; see [`TestBackend::paused_clock`](crate::TestBackend::paused_clock).
    pub async fn advance(&self, duration: Duration) {
        assert!(
            matches!(self.time, Time::Paused(_)),
            "the backend's clock runs: call `.paused_clock()` before the start"
        );
        self.run(tokio::time::advance(duration)).await;
    }

    /// Runs a future where the backend runs: under its clock, and on its thread.
    ///
    /// # Panics
    ///
    /// When the future panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let (done, result) = std::sync::mpsc::channel();
        let task = self.live().handle().spawn(async move {
            let _ = done.send(work.await);
        });
        match off_thread(move || result.recv()).await {
            Ok(done) => done,
            Err(_) => match task.await.map_err(tokio::task::JoinError::try_into_panic) {
                Err(Ok(payload)) => std::panic::resume_unwind(payload),
                _ => panic!("the backend has stopped"),
            },
        }
    }

    /// Stops the backend, and tells how that went; nothing about it fails the test.
    ///
    /// # Panics
    ///
    /// When something blocks the backend's thread for a minute, and when what stood in for a service was not used as it
    /// should be: see [`TestBackend::with`](crate::TestBackend::with).
    pub async fn stop(mut self) -> StopReport {
        let stop = self.take_stop();
        let report = off_thread(move || stop.map(|stop| stop())).await;
        let report = report.unwrap_or_else(|| Ok(StopReport::default()));
        let report = report.unwrap_or_else(|problem| panic!("the backend did not stop: {problem}"));
        let logs = self.logs();
        if let Some(problem) = self.doubles.end(&logs) {
            panic!("{problem}\n\n{logs}");
        }
        report
    }

    /// Ends the backend as a crash does: no hook runs, no request is answered, and whatever its tasks are at is dropped
    /// where it waits. Gives the log.
    ///
    /// What is dropped still says goodbye: transactions are rolled back and connections closed. A
    /// [`TestProcess`](crate::TestProcess) can be killed without that.
    ///
    /// # Panics
    ///
    /// When something blocks the backend's thread for a minute, and when what stood in for a service was not used as it
    /// should be: see [`TestBackend::with`](crate::TestBackend::with).
    pub async fn kill(mut self) -> Logs {
        self.forget();
        let live = self.live.take();
        let killed = off_thread(move || live.map(Live::kill)).await;
        if let Some(Err(problem)) = killed {
            panic!("the backend was not killed: {problem}");
        }
        let logs = self.logs();
        if let Some(problem) = self.doubles.end(&logs) {
            panic!("{problem}\n\n{logs}");
        }
        logs
    }

    pub(crate) fn router(&self) -> Option<RootHttpRouter> {
        self.running().root_service::<dyn RootHttpRouterService>()
    }

    pub(crate) fn next_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        format!("test-{number}")
    }

    fn live(&self) -> &Live {
        self.live.as_ref().expect("stopping takes the backend away")
    }

    /// Lets go of what was kept for the test: the backend's services end with the backend.
    fn forget(&mut self) {
        self.points.clear();
        self.probed.clear();
    }

    /// What stops the backend, unless it was stopped.
    fn take_stop(&mut self) -> Option<impl FnOnce() -> Result<StopReport, String> + use<>> {
        self.forget();
        let live = self.live.take()?;
        Some(move || live.stop())
    }
}

impl Drop for StartedTestBackend {
    fn drop(&mut self) {
        let Some(stop) = self.take_stop() else {
            return;
        };
        let stopped = problem(stop());
        let stopped =
            stopped.map(|problem| format!("the backend did not stop as it should:{problem}"));
        let logs = self.logs();
        let problems: Vec<String> = stopped.into_iter().chain(self.doubles.end(&logs)).collect();
        if problems.is_empty() {
            return;
        }
        let text = format!("{}\n\n{logs}", problems.join("\n\n"));
        if std::thread::panicking() {
            eprintln!("{text}");
        } else {
            panic!("{text}");
        }
    }
}

/// What is wrong with a stop.
fn problem(stop: Result<StopReport, String>) -> Option<String> {
    let report = match stop {
        Ok(report) => report,
        Err(problem) => return Some(format!("\n  {problem}")),
    };
    let hung = report
        .hung
        .iter()
        .map(|name| format!("\n  {name} hung and was given up"));
    let failed = report
        .failed
        .iter()
        .map(|name| format!("\n  {name} failed"));
    let reason = report
        .reason
        .iter()
        .map(|reason| format!("\n  it had failed before: {reason}"));
    let problem: String = reason.chain(hung).chain(failed).collect();
    (!problem.is_empty()).then_some(problem)
}
