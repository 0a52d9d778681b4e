//! The thread that a backend runs on, and how a test waits for what happens there.
//!
//! The thread has a runtime of its own, so that a backend can be stopped while the thread of its test is
//! blocked in a drop. What goes back and forth is sent over channels; nothing is shared beside the backend.

use std::panic::resume_unwind;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use greenroom::{Backend, Inputs, Running, StartError, StopHandle, StopReport};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::held_clock::HeldClock;

/// How long a stop may take before the test goes on without it. Hooks have deadlines of their own, so this is
/// for code that blocks the thread.
const PATIENCE: Duration = Duration::from_secs(60);

/// How time goes by for a backend.
#[derive(Clone, Debug)]
pub(crate) enum Time {
    Running,
    /// It stands still but for what the test says, and this follows it.
    Paused(Arc<HeldClock>),
}

/// A backend on its thread. Dropping it stops it and waits for the end; [`stop`](Self::stop) tells how that went.
#[derive(Debug)]
pub(crate) struct Live(Option<(Engine, Running)>);

#[derive(Debug)]
struct Engine {
    handle: Handle,
    end: oneshot::Sender<End>,
    // In a mutex so that tasks of a test can share the backend; nobody ever waits for it.
    stopped: Mutex<Receiver<StopReport>>,
}

/// How a backend ends.
#[derive(Debug)]
enum End {
    /// In order, with all its hooks.
    Stop(Running),
    /// As by a crash: nothing that it does goes on.
    Kill(Running),
}

/// Asks for a stop when a start is dropped that is not over: nobody would ever end it.
struct Abandoned(Option<StopHandle>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(stop) = &self.0 {
            stop.request();
        }
    }
}

/// Starts a backend on a thread of its own. `stop` is among its inputs.
pub(crate) async fn start(
    backend: Backend,
    inputs: Inputs,
    time: Time,
    stop: StopHandle,
) -> Result<Live, StartError> {
    let (started, news) = mpsc::channel();
    let spawned = thread::Builder::new()
        .name("test backend".to_owned())
        .spawn(move || run(backend, inputs, &time, &started));
    spawned.expect("the system has a thread for the backend of a test");
    let mut abandoned = Abandoned(Some(stop));
    let news = off_thread(move || news.recv()).await;
    abandoned.0 = None;
    news.expect("the thread says how the start went")
}

fn run(backend: Backend, inputs: Inputs, time: &Time, started: &Sender<Result<Live, StartError>>) {
    let paused = matches!(time, Time::Paused(_));
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(paused)
        .build()
        .expect("the system has what a runtime needs");
    let (end, ends) = oneshot::channel();
    let (report, stopped) = mpsc::channel();
    let stopped = Mutex::new(stopped);
    let outcome = runtime.block_on(async {
        if let Time::Paused(clock) = time {
            clock.follow();
        }
        let running = match backend.start(inputs).await {
            Ok(running) => running,
            Err(error) => {
                let _ = started.send(Err(error));
                return None;
            }
        };
        // A clock does not jump to the next timer by itself while blocking work is under way.
        let (release, held) = mpsc::channel::<()>();
        let standstill = paused.then(|| spawn_blocking(move || held.recv()));
        let engine = Engine {
            handle: Handle::current(),
            end,
            stopped,
        };
        let end = match started.send(Ok(Live(Some((engine, running))))) {
            Ok(()) => ends.await.ok(),
            // Nobody waits for the start any more. The drop would wait for this very thread.
            Err(mpsc::SendError(unwanted)) => unwanted
                .ok()
                .and_then(|mut live| live.0.take())
                .map(|(_, running)| End::Stop(running)),
        };
        drop(release);
        if let Some(standstill) = standstill {
            let _ = standstill.await;
        }
        match end? {
            End::Stop(running) => Some((running.stop().await, None)),
            End::Kill(running) => Some((StopReport::default(), Some(running))),
        }
    });
    // Whatever a plugin has left behind is dropped before the test goes on; blocking work is left to itself.
    let handle = runtime.handle().clone();
    runtime.shutdown_background();
    if let Some((outcome, killed)) = outcome {
        // The services go after the tasks that use them. Some ask for a runtime when they are dropped.
        let entered = handle.enter();
        drop(killed);
        drop(entered);
        let _ = report.send(outcome);
    }
}

impl Live {
    pub(crate) fn running(&self) -> &Running {
        &self.parts().1
    }

    /// The runtime of the backend.
    pub(crate) fn handle(&self) -> &Handle {
        &self.parts().0.handle
    }

    /// Stops the backend and waits for the end. Blocks.
    pub(crate) fn stop(mut self) -> Result<StopReport, String> {
        let (engine, running) = self.0.take().expect("only stopping takes it away");
        engine.end(End::Stop(running))
    }

    /// Ends the backend without a stop, and waits for that. Blocks.
    pub(crate) fn kill(mut self) -> Result<StopReport, String> {
        let (engine, running) = self.0.take().expect("only stopping takes it away");
        engine.end(End::Kill(running))
    }

    fn parts(&self) -> &(Engine, Running) {
        self.0.as_ref().expect("only stopping takes it away")
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some((engine, running)) = self.0.take() {
            // It comes here when nobody waits for the start any more, nor for the report.
            let _ = engine.end(End::Stop(running));
        }
    }
}

impl Engine {
    fn end(self, end: End) -> Result<StopReport, String> {
        // Were the thread gone, there would be no report either.
        let _ = self.end.send(end);
        let stopped = self.stopped.into_inner();
        let stopped = stopped.unwrap_or_else(PoisonError::into_inner);
        stopped.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!(
                "it still runs after {} s: something blocks its thread",
                PATIENCE.as_secs()
            ),
            RecvTimeoutError::Disconnected => "its thread panicked".to_owned(),
        })
    }
}

/// Waits for blocking work without blocking the test's runtime. As a side effect a paused clock of the test does
/// not jump meanwhile: a `timeout` around a request would fire at once.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let Ok(runtime) = Handle::try_current() else {
        return work();
    };
    match runtime.spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            Err(error) => panic!("the runtime of the test ends: {error}"),
        },
    }
}
