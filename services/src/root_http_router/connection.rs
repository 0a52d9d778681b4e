//! One connection of a client, from accept to close.
//!
//! hyper limits the time for the head of a request; here are the limits that it does not have: an idle
//! connection is closed after the keep-alive time, and all of them at the end of the server. The idle
//! clock is not reset by each request. It runs out, looks at when the last answer was given, and is wound
//! up for the rest; so a busy connection pays two stores per request and no timer.
//!
//! HTTP/1.1 only: telling HTTP/2 apart costs a buffered read per connection, and belongs to TLS.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt as _;
use http::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::panic::Panicked;
use super::router::RootRouter;
use super::settings::HttpSettings;
use crate::logger::{Level, Logger};

/// The anchor's limit for the head of a request; beyond it the answer is 431.
const MAX_HEAD: usize = 16 * 1024;

/// How long, once the server drains, a connection may live that has not sent a request yet.
const UNUSED_GRACE: Duration = Duration::from_secs(1);

/// How far the server has come, for its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerPhase {
    /// Connections are accepted and served.
    Serving,
    /// Answers under way are finished, no new ones begun.
    Draining,
    /// Time is up.
    Cut,
}

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) router: Arc<RootRouter>,
    pub(super) logger: Logger,
    http: http1::Builder,
    keep_alive_timeout: Option<Duration>,
}

impl Shared {
    pub(super) fn new(settings: &HttpSettings, router: Arc<RootRouter>, logger: Logger) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(settings.headers_timeout)
            .max_header_size(MAX_HEAD);
        Self {
            router,
            logger,
            http,
            keep_alive_timeout: settings.keep_alive_timeout,
        }
    }
}

/// Serves one connection until either side closes it.
pub(super) async fn serve(
    shared: Arc<Shared>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    phase: watch::Receiver<ServerPhase>,
) {
    let logger = Arc::clone(&shared.logger);
    // A handler's panic is contained further in; this one is of a body that was being streamed.
    if let Err(payload) = AssertUnwindSafe(run(shared, io, phase))
        .catch_unwind()
        .await
    {
        let panicked = Panicked::new(&*payload);
        logger.error_with(
            format!("Connection dropped while its answer was being sent: {panicked}"),
            json!({ "type": "errorHandler" }),
        );
    }
}

async fn run(
    shared: Arc<Shared>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    mut phase: watch::Receiver<ServerPhase>,
) {
    let activity = Arc::new(Activity::new());
    let context = Arc::new((Arc::clone(&shared.router), Arc::clone(&activity)));
    let service = service_fn(move |request: Request<Incoming>| {
        let context = Arc::clone(&context);
        async move {
            let (router, activity) = &*context;
            activity.begin();
            let response = router.handle(request.map(body)).await;
            activity.end();
            Ok::<_, Infallible>(response)
        }
    });
    let connection = shared
        .http
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let keep_alive = shared.keep_alive_timeout.unwrap_or(Duration::MAX);
    let mut idle = pin!(sleep(keep_alive));
    let mut unused = pin!(sleep(Duration::MAX));

    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result && shared.logger.enabled(Level::Debug) {
                    let error = error.to_string();
                    shared.logger.debug_with("Connection ended early", json!({ "error": error }));
                }
                return;
            }
            () = idle.as_mut() => match activity.idle_since() {
                Some(since) if since.elapsed() >= keep_alive => {
                    connection.as_mut().graceful_shutdown();
                    idle.set(sleep(Duration::MAX));
                }
                Some(since) => idle.set(sleep_until(since + keep_alive)),
                None => idle.set(sleep(keep_alive)),
            },
            () = unused.as_mut() => {
                if activity.is_unused() {
                    return;
                }
                unused.set(sleep(Duration::MAX));
            }
            changed = phase.changed() => match changed.map(|()| *phase.borrow_and_update()) {
                Ok(ServerPhase::Serving) => {}
                Ok(ServerPhase::Draining) => {
                    connection.as_mut().graceful_shutdown();
                    unused.set(sleep(UNUSED_GRACE));
                }
                Ok(ServerPhase::Cut) | Err(_) => return,
            },
        }
    }
}

/// hyper's body as axum's; that of a request without one needs no allocation.
fn body(incoming: Incoming) -> Body {
    if incoming.is_end_stream() {
        Body::empty()
    } else {
        Body::new(incoming)
    }
}

/// What a connection is doing. HTTP/1 has one request at a time, so one number says it.
struct Activity {
    opened: Instant,
    // `UNUSED`, `BUSY`, or the microseconds from `opened` to the last answer.
    state: AtomicU64,
}

const UNUSED: u64 = u64::MAX;
const BUSY: u64 = u64::MAX - 1;

impl Activity {
    fn new() -> Self {
        Self {
            opened: Instant::now(),
            state: AtomicU64::new(UNUSED),
        }
    }

    fn begin(&self) {
        self.state.store(BUSY, Ordering::Relaxed);
    }

    fn end(&self) {
        let micros = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(BUSY - 1);
        self.state.store(micros, Ordering::Relaxed);
    }

    fn is_unused(&self) -> bool {
        self.state.load(Ordering::Relaxed) == UNUSED
    }

    /// The time of the last answer, unless a request is under way or none has come yet (whose head has
    /// a time limit of its own).
    fn idle_since(&self) -> Option<Instant> {
        match self.state.load(Ordering::Relaxed) {
            UNUSED | BUSY => None,
            micros => Some(self.opened + Duration::from_micros(micros)),
        }
    }
}
