//! One connection of a client, from accept to close.
//!
//! hyper limits the time for the head of a request; here are the limits that it does not have: an idle
//! connection is closed after the keep-alive time, and all of them at the end of the server. The idle
//! clock is not reset by each request. It runs out, looks at when the last answer was given, and is wound
//! up for the rest; so a busy connection pays two stores per request and no timer.
//!
//! HTTP/2 is what a TLS handshake agrees on. A plain connection is HTTP/1.1: telling the two apart there
//! costs a buffered read per connection, and the anchor answers 400 to such a client too.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, StatusCode, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};
use tokio_rustls::TlsAcceptor;
use tracing::instrument::WithSubscriber as _;

use super::activity::Activity;
use super::panic::Panicked;
use super::refusals::refuse;
use super::router::RootRouter;
use super::settings::HttpSettings;
use super::stall::{LastBytes, Noted};
use super::tls::HTTP2;
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
    http1: http1::Builder,
    // With TLS.
    secure: Option<(TlsAcceptor, http2::Builder<Spawn>)>,
    headers_timeout: Option<Duration>,
    keep_alive_timeout: Option<Duration>,
    stall_timeout: Option<Duration>,
    max_requests: Option<u64>,
}

impl Shared {
    pub(super) fn new(settings: &HttpSettings, router: Arc<RootRouter>, logger: Logger) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(settings.headers_timeout)
            .max_header_size(MAX_HEAD);
        if let Some(most) = settings.max_headers {
            http1.max_headers(most);
        }
        let secure = settings.tls.as_ref().map(|tls| {
            let mut http2 = http2::Builder::new(Spawn);
            http2
                .timer(TokioTimer::new())
                .max_header_list_size(MAX_HEAD as u32);
            (TlsAcceptor::from(Arc::clone(tls)), http2)
        });
        Self {
            router,
            logger,
            http1,
            secure,
            headers_timeout: settings.headers_timeout,
            keep_alive_timeout: settings.keep_alive_timeout,
            stall_timeout: settings.stall_timeout,
            max_requests: settings.max_requests,
        }
    }
}

/// Spawns what HTTP/2 does beside its connection, under the log of the connection.
#[derive(Clone, Copy)]
struct Spawn;

impl<F> hyper::rt::Executor<F> for Spawn
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        tokio::spawn(task.with_current_subscriber());
    }
}

/// Serves one connection until either side closes it.
pub(super) async fn serve(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    phase: watch::Receiver<ServerPhase>,
) {
    let logger = Arc::clone(&shared.logger);
    // A handler's panic is contained further in; this one is of a body that was being streamed.
    if let Err(payload) = AssertUnwindSafe(watched(shared, stream, peer, phase))
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

/// Drops the connection when it stands still for too long.
async fn watched(
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    phase: watch::Receiver<ServerPhase>,
) {
    let Some(limit) = shared.stall_timeout else {
        return secured(shared, stream, peer, phase).await;
    };
    let last = LastBytes::new();
    let stream = Noted::new(stream, Arc::clone(&last));
    tokio::select! {
        () = secured(shared, stream, peer, phase) => {}
        () = last.still_for(limit) => {}
    }
}

/// Speaks TLS where it is configured.
async fn secured(
    shared: Arc<Shared>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    mut phase: watch::Receiver<ServerPhase>,
) {
    let Some((acceptor, http2)) = &shared.secure else {
        return http1(shared, io, peer, phase).await;
    };
    let limit = shared.headers_timeout.unwrap_or(Duration::MAX);
    let handshake = tokio::time::timeout(limit, acceptor.accept(io));
    let io = tokio::select! {
        // Nothing has been asked yet, so nobody waits for an answer.
        _ = phase.changed() => return,
        shaken = handshake => match shaken {
            Ok(Ok(io)) => io,
            Ok(Err(error)) => return tell_end(&shared, &error),
            Err(_) => return,
        },
    };
    if io.get_ref().1.alpn_protocol() != Some(HTTP2) {
        return http1(shared, io, peer, phase).await;
    }
    let activity = Arc::new(Activity::new());
    let service = answerer(&shared, &activity, peer);
    let connection = http2.serve_connection(TokioIo::new(io), service);
    drive(
        &shared,
        &activity,
        connection,
        phase,
        shared.headers_timeout,
    )
    .await;
}

async fn http1(
    shared: Arc<Shared>,
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    phase: watch::Receiver<ServerPhase>,
) {
    let activity = Arc::new(Activity::new());
    let service = answerer(&shared, &activity, peer);
    let connection = shared
        .http1
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    drive(&shared, &activity, connection, phase, None).await;
}

/// Answers the requests of one connection.
fn answerer(
    shared: &Arc<Shared>,
    activity: &Arc<Activity>,
    peer: SocketAddr,
) -> impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send + 'static>
+ use<> {
    let context = Arc::new((Arc::clone(shared), Arc::clone(activity)));
    service_fn(move |mut request: Request<Incoming>| {
        let context = Arc::clone(&context);
        async move {
            let (shared, activity) = &*context;
            let served = activity.begin();
            let mut response = match refuse(&request) {
                Some(refusal) => refusal,
                None => {
                    request.extensions_mut().insert(ConnectInfo(peer));
                    shared.router.handle(request.map(body)).await
                }
            };
            activity.end();
            // What becomes another protocol has no next request.
            let is_last = shared.max_requests.is_some_and(|most| served >= most);
            if is_last && response.status() != StatusCode::SWITCHING_PROTOCOLS {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(response)
        }
    })
}

/// A connection that can be told to end with what it is doing.
trait Graceful: Future<Output = hyper::Result<()>> {
    fn shut_down(self: Pin<&mut Self>);
}

impl<I, S> Graceful for http1::UpgradeableConnection<I, S>
where
    Self: Future<Output = hyper::Result<()>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    S: hyper::service::HttpService<Incoming, ResBody = Body>,
    S::Error: Into<axum::BoxError>,
{
    fn shut_down(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S> Graceful for http2::Connection<I, S, Spawn>
where
    Self: Future<Output = hyper::Result<()>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: hyper::service::HttpService<Incoming, ResBody = Body>,
    S::Error: Into<axum::BoxError>,
    S::Future: Send + 'static,
{
    fn shut_down(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Runs a connection within its limits. `first_request` is how long one may live without any request, where
/// the protocol's own part does not limit that.
async fn drive(
    shared: &Shared,
    activity: &Activity,
    connection: impl Graceful,
    mut phase: watch::Receiver<ServerPhase>,
    first_request: Option<Duration>,
) {
    let mut connection = pin!(connection);
    let keep_alive = shared.keep_alive_timeout.unwrap_or(Duration::MAX);
    let mut idle = pin!(sleep(keep_alive));
    let mut unused = pin!(sleep(first_request.unwrap_or(Duration::MAX)));

    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tell_end(shared, &error);
                }
                return;
            }
            () = idle.as_mut() => match activity.idle_since() {
                Some(since) if since.elapsed() >= keep_alive => {
                    connection.as_mut().shut_down();
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
                    connection.as_mut().shut_down();
                    unused.set(sleep(UNUSED_GRACE));
                }
                Ok(ServerPhase::Cut) | Err(_) => return,
            },
        }
    }
}

/// Tells the log of a connection that was not closed in good order.
fn tell_end(shared: &Shared, error: &dyn std::error::Error) {
    if shared.logger.enabled(Level::Debug) {
        let error = error.to_string();
        shared
            .logger
            .debug_with("Connection ended early", json!({ "error": error }));
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
