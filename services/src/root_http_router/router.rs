//! The way of a request through the framework, from its head to that of its answer.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use greenroom_di_core::lifecycle::PluginState;
use http::{HeaderMap, StatusCode, Uri};
use serde_json::json;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::body_limit::Progress;
use super::client_address::{ClientAddress, TrustProxy};
use super::compression::{self, Encoding};
use super::conditional::Condition;
use super::cors::Cors;
use super::dispatch::{Route, Table};
use super::gate::Gate;
use super::panic::Panicked;
use super::rate_limit::{RateLimitStore, RateLimits};
use super::request_context::RequestContext;
use super::request_id::RequestId;
use super::request_log::RequestLog;
use super::security_headers::SecurityHeaders;
use super::settings::HttpSettings;
use super::waiting::Waiting;
use super::{
    Endpoint, EndpointFuture, MountError, RETRY_AFTER, RootHttpRouterService, body_limit,
    entity_tag, indent, vary,
};
use crate::clock::{Clock, SystemClock};
use crate::config::Mode;
use crate::http_error::{ErrorReporter, HttpError, RequestLine};
use crate::logger::{Fields, Logger, RootLogger};
use crate::root_health::{self, HEALTH_PATH, RootHealth};

/// The default root HTTP router. It answers requests; [`HttpServer`](super::HttpServer) brings them.
pub struct RootRouter {
    table: Arc<ArcSwap<Table>>,
    // Held while a new table is made from the current one.
    mounting: Mutex<()>,
    address: Option<SocketAddr>,
    draining: AtomicBool,
    serves_plugins: bool,
    request_timeout: Option<Duration>,
    startup_pause: Duration,
    body_limit: u64,
    security_headers: SecurityHeaders,
    trust_proxy: TrustProxy,
    cors: Option<Cors>,
    rate_limits: Option<RateLimits>,
    compression: bool,
    mode: Mode,
    errors: ErrorReporter,
    log: RequestLog,
}

impl RootRouter {
    /// Makes the router, with the health routes mounted. `address` is that of the bound server, `None`
    /// in a backend that does not listen.
    #[must_use]
    pub fn new(
        settings: &HttpSettings,
        root_logger: &RootLogger,
        health: RootHealth,
        address: Option<SocketAddr>,
    ) -> Arc<Self> {
        Self::with_clock(
            settings,
            root_logger,
            health,
            address,
            Arc::new(SystemClock),
        )
    }

    /// Like [`new`](Self::new), with a clock of its own for the dates in the log of requests and in headers.
    #[must_use]
    pub fn with_clock(
        settings: &HttpSettings,
        root_logger: &RootLogger,
        health: RootHealth,
        address: Option<SocketAddr>,
        clock: Clock,
    ) -> Arc<Self> {
        Self::with_counts(settings, root_logger, health, address, clock, None)
    }

    /// Like [`with_clock`](Self::with_clock), with the counts of rate limits kept by this service.
    pub(super) fn with_counts(
        settings: &HttpSettings,
        root_logger: &RootLogger,
        health: RootHealth,
        address: Option<SocketAddr>,
        clock: Clock,
        counts: Option<&RateLimitStore>,
    ) -> Arc<Self> {
        let logger = service_logger(root_logger);
        let health = root_health::endpoint(health, settings.health_headers.clone(), settings.mode);
        let table = Table::starting_with(HEALTH_PATH, health);
        Arc::new(Self {
            table: Arc::new(ArcSwap::from_pointee(table)),
            startup_pause: settings.startup_pause,
            mounting: Mutex::new(()),
            address,
            draining: AtomicBool::new(false),
            serves_plugins: settings.serves_plugins,
            request_timeout: settings.request_timeout,
            body_limit: settings.body_limit,
            security_headers: settings.security_headers.clone(),
            trust_proxy: settings.trust_proxy.clone(),
            cors: settings.cors.clone(),
            rate_limits: RateLimits::new(&settings.rate_limits, settings.mode, &clock, counts),
            compression: settings.compression,
            mode: settings.mode,
            errors: ErrorReporter::new(settings.mode, Arc::clone(&logger)),
            log: RequestLog::new(logger, clock),
        })
    }

    /// Answers for a plugin that is a part of the backend until it has mounted its routes: requests wait
    /// while it starts, and are refused once it has failed. A plugin that is disabled is not expected: its
    /// path is like any other that nobody knows.
    pub fn expect_plugin(&self, id: &str, state: watch::Receiver<PluginState>) {
        if *state.borrow() == PluginState::Disabled {
            return;
        }
        let _mounting = self.mounting.lock().unwrap_or_else(PoisonError::into_inner);
        let plugin: Arc<str> = id.into();
        let waiting = Waiting {
            gate: Gate::new(Arc::clone(&plugin), state, self.startup_pause),
            plugin,
            table: Arc::downgrade(&self.table),
        };
        let table = self.table.load().with_waiting(id, Arc::new(waiting));
        self.table.store(Arc::new(table));
    }

    /// Answers one request, wherever it comes from: the server, or a test without one.
    pub async fn handle(&self, mut request: Request) -> Response {
        let (id, sent) = RequestId::of(request.headers());
        let client = self.trust_proxy.client(&request);
        if let Some(client) = client {
            request.extensions_mut().insert(client);
        }
        let granted = self.cors.as_ref().and_then(|cors| cors.grant(&request));
        let (mut told, varies, preflight) = match granted {
            Some(granted) => (granted.headers, granted.varies, granted.answer),
            None => (HeaderMap::new(), false, None),
        };
        let mut response = match preflight {
            // It is not logged: a page that loads would fill the log with them.
            Some(answer) => answer,
            None => self.logged(request, &id, client, &mut told, varies).await,
        };
        self.security_headers.apply(told, response.headers_mut());
        id.echo(sent, response.headers_mut());
        response
    }

    /// Answers a request and writes its line into the log. What the client is told by other headers than
    /// those of the answer is added to `told`.
    async fn logged(
        &self,
        mut request: Request,
        id: &RequestId,
        client: Option<ClientAddress>,
        told: &mut HeaderMap,
        varies_by_origin: bool,
    ) -> Response {
        let entry = self.log.begin(&request);
        let route = self.table.load().find(request.uri().path());
        let route =
            route.filter(|route| self.serves_plugins || route.endpoint.plugin_id().is_none());
        let plugin = route
            .as_ref()
            .and_then(|route| route.endpoint.plugin_id())
            .cloned();
        let span = if let Some(plugin) = &plugin {
            tracing::info_span!("request", plugin = &**plugin, requestId = %id)
        } else {
            tracing::info_span!("request", requestId = %id)
        };
        let context = RequestContext::new(id.clone(), request.headers());
        let condition = Condition::of(request.method(), request.headers());
        let encoding = self
            .compression
            .then(|| Encoding::asked_for(request.method(), request.headers()));

        let indented = self.mode == Mode::Development;
        if indented {
            indent::announce(&mut request);
        }
        let visit = Visit {
            route,
            request,
            id,
            plugin: plugin.as_deref(),
        };
        let answer = self.limited(visit, client, told);
        let mut response = context.scope(answer.instrument(span)).await;

        if indented {
            indent::apply(&mut response);
        }
        entity_tag::complete(&mut response);
        if varies_by_origin {
            vary::add(response.headers_mut(), "Origin");
        }
        if let Some(condition) = condition {
            condition.apply(&mut response);
        }
        if let Some(encoding) = encoding {
            compression::apply(encoding, &mut response);
        }
        if let Some(entry) = entry {
            self.log.finish(entry, &response, id, plugin.as_deref());
        }
        response
    }

    /// From now on every request is refused, because the server is about to close its connections.
    pub(super) fn begin_drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Answers within the rate limits.
    async fn limited(
        &self,
        visit: Visit<'_>,
        client: Option<ClientAddress>,
        told: &mut HeaderMap,
    ) -> Response {
        let Some(limits) = &self.rate_limits else {
            return self.answer(visit).await;
        };
        match limits.count(client, visit.plugin, told).await {
            Ok(counted) => {
                let response = self.answer(visit).await;
                if let Some(counted) = counted {
                    counted.settle(response.status()).await;
                }
                response
            }
            Err(mut refusal) => {
                let line = RequestLine {
                    method: visit.request.method(),
                    url: path_and_query(visit.request.uri()),
                    plugin: visit.plugin,
                    request_id: visit.id,
                };
                self.errors.finish(&mut refusal, &line);
                refusal
            }
        }
    }

    async fn answer(&self, visit: Visit<'_>) -> Response {
        let Visit {
            route,
            mut request,
            id,
            plugin,
        } = visit;
        let body = body_limit::watch(&mut request, self.body_limit);
        let Some(route) = route else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let method = request.method().clone();
        let seen = route.strip(&mut request);

        let mut response = if self.draining.load(Ordering::Relaxed) {
            shutting_down().into_bare_response()
        } else {
            request.extensions_mut().insert(id.clone());
            self.guarded(route.endpoint, request, body.as_deref()).await
        };
        let line = RequestLine {
            method: &method,
            url: path_and_query(&seen),
            plugin,
            request_id: id,
        };
        self.errors.finish(&mut response, &line);
        response
    }

    /// Calls an endpoint within the time limit, contains its panic, and answers for the body limit.
    async fn guarded(
        &self,
        endpoint: Arc<dyn Endpoint>,
        request: Request,
        body: Option<&Progress>,
    ) -> Response {
        let call = AssertUnwindSafe(async move { endpoint.call(request).await }).catch_unwind();
        let outcome = match self.request_timeout {
            Some(limit) => tokio::time::timeout(limit, call).await,
            None => Ok(call.await),
        };
        let response = match outcome {
            Ok(Ok(response)) => response,
            Ok(Err(payload)) => HttpError::internal(Panicked::new(&*payload)).into_bare_response(),
            Err(_) if body.is_some_and(|body| !body.is_complete()) => {
                request_incomplete().into_bare_response()
            }
            Err(_) => HttpError::unavailable("Request timed out").into_bare_response(),
        };
        let failed = response.status().is_client_error() || response.status().is_server_error();
        match body.filter(|_| failed).and_then(Progress::refusal) {
            Some(too_large) => too_large.into_bare_response(),
            None => response,
        }
    }
}

impl RootHttpRouterService for RootRouter {
    fn mount_endpoint(&self, path: &str, endpoint: Arc<dyn Endpoint>) -> Result<(), MountError> {
        let _mounting = self.mounting.lock().unwrap_or_else(PoisonError::into_inner);
        let table = self.table.load().with(path, endpoint)?;
        self.table.store(Arc::new(table));
        Ok(())
    }

    fn answer(self: Arc<Self>, request: Request) -> EndpointFuture {
        Box::pin(async move { self.handle(request).await })
    }

    fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}

/// A request on its way to an endpoint.
struct Visit<'a> {
    route: Option<Route>,
    request: Request,
    id: &'a RequestId,
    plugin: Option<&'a str>,
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |whole| whole.as_str())
}

/// The logger of the root HTTP router and its server.
pub(super) fn service_logger(root_logger: &RootLogger) -> Logger {
    let mut fields = Fields::new();
    fields.insert("service".to_owned(), json!("rootHttpRouter"));
    root_logger.logger(fields)
}

/// What a request gets that arrives while the server drains.
fn shutting_down() -> HttpError {
    HttpError::unavailable("Service is shutting down")
        .with_retry_after(RETRY_AFTER)
        .closing()
        .unlogged()
}

/// What a client gets that did not send its body in time.
fn request_incomplete() -> HttpError {
    let status = StatusCode::REQUEST_TIMEOUT;
    HttpError::new(
        status,
        "RequestTimeoutError",
        "The request did not arrive in time",
    )
    .closing()
}
