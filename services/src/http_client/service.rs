//! A call from its request to the head of its answer: judged, completed, tried, tried again, logged.

use std::sync::Arc;
use std::time::Duration;

use greenroom_di_core::BoxFuture;
use http::HeaderValue;
use serde_json::json;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::redirect::Stopped;
use super::response::{AnyBody, TimeLimit};
use super::transport::Failure;
use super::{
    Call, HttpClientError, HttpClientService, HttpRequest, HttpResponse, RootHttpClient, retry,
    trace,
};
use crate::clock::ClockService;
use crate::logger::{Fields, Level, Logger};

/// The far end of a deadline that no clock can tell.
const FAR_OFF: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// The default service.
pub(super) struct PluginHttpClient {
    shared: Arc<Shared>,
}

struct Shared {
    root: Arc<RootHttpClient>,
    plugin: String,
    user_agent: HeaderValue,
    logger: Logger,
}

/// How one try went; without an answer in time it is none.
type Try = Option<Result<http::Response<AnyBody>, Failure>>;

impl PluginHttpClient {
    pub(super) fn new(root: Arc<RootHttpClient>, plugin: &str, logger: Logger) -> Self {
        let shared = Arc::new(Shared {
            root,
            plugin: plugin.to_owned(),
            user_agent: trace::user_agent(plugin),
            logger,
        });
        Self { shared }
    }
}

impl HttpClientService for PluginHttpClient {
    fn plugin_id(&self) -> &str {
        &self.shared.plugin
    }

    fn execute(&self, request: HttpRequest) -> BoxFuture<Result<HttpResponse, HttpClientError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.execute(request).await })
    }
}

impl Shared {
    async fn execute(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpClientError> {
        let started = Instant::now();
        let call = Box::new(Call::new(&self.plugin, &request.method, &request.url));
        let settings = &self.root.settings;
        let given = request.deadline.unwrap_or(settings.deadline);
        let time = TimeLimit {
            at: started.checked_add(given).unwrap_or(started + FAR_OFF),
            given,
        };
        let limit = request.body_limit.unwrap_or(settings.body_limit);

        let (outcome, attempt) = match self.judge(&request, &call) {
            Err(refusal) => (Err(refusal), 0),
            Ok(()) => {
                trace::complete(&mut request.headers, &self.user_agent);
                let (outcome, attempt) = self.try_until(&request, time.at).await;
                (answer(outcome, call, time), attempt)
            }
        };
        let outcome = outcome.map(|response| response.within(limit, time));
        self.log(&request, &outcome, started.elapsed(), attempt);
        outcome
    }

    /// Refuses what must not be sent at all.
    fn judge(&self, request: &HttpRequest, call: &Call) -> Result<(), HttpClientError> {
        if !matches!(request.url.scheme(), "http" | "https") {
            return Err(HttpClientError::Invalid {
                call: Box::new(call.clone()),
                message: "the URL must begin with `https://` or `http://`".to_owned(),
            });
        }
        let hosts = self.root.hosts.as_ref();
        match hosts.and_then(|hosts| hosts.refuses(&request.url)) {
            Some(host) => Err(HttpClientError::Refused {
                call: Box::new(call.clone()),
                host,
            }),
            None => Ok(()),
        }
    }

    /// Tries until there is nothing more to gain, and tells how often.
    async fn try_until(&self, request: &HttpRequest, deadline: Instant) -> (Try, u32) {
        let retries = if retry::may_be_repeated(&request.method) {
            request.retries.unwrap_or(self.root.settings.retries)
        } else {
            0
        };
        let mut attempt = 1;
        loop {
            let sending = self.root.transport.send(request);
            let outcome = timeout_at(deadline, sending).await.ok();
            let clock = &*self.root.clock;
            let wait = pause_before_next(&outcome, attempt, clock).filter(|_| attempt <= retries);
            let next = wait.and_then(|wait| Instant::now().checked_add(wait));
            match next.filter(|next| *next < deadline) {
                None => return (outcome, attempt),
                Some(next) => {
                    // The answer would hold its connection while nobody reads it.
                    drop(outcome);
                    sleep_until(next).await;
                    attempt += 1;
                }
            }
        }
    }

    fn log(
        &self,
        request: &HttpRequest,
        outcome: &Result<HttpResponse, HttpClientError>,
        elapsed: Duration,
        attempt: u32,
    ) {
        if !self.logger.enabled(Level::Debug) {
            return;
        }
        let HttpRequest { method, url, .. } = request;
        let host = url.host_str().unwrap_or_default();
        let mut fields = Fields::new();
        let mut put = |name: &str, value| fields.insert(name.to_owned(), value);
        put("type", json!("outgoingRequest"));
        put("method", json!(method.as_str()));
        put("host", json!(host));
        put("path", json!(url.path()));
        put("durationMs", json!(elapsed.as_secs_f64() * 1000.0));
        put("attempt", json!(attempt));
        let end = match outcome {
            Ok(response) => {
                put("status", json!(response.status().as_u16()));
                response.status().as_str().to_owned()
            }
            Err(error) => {
                put("error", json!(error.kind()));
                error.kind().to_owned()
            }
        };
        let message = format!("{method} {host}{}: {end}", url.path());
        self.logger.log(Level::Debug, &message, &fields);
    }
}

/// The pause after a try that may go better next time.
fn pause_before_next(outcome: &Try, attempt: u32, clock: &dyn ClockService) -> Option<Duration> {
    let pause = || retry::pause(attempt, fastrand::f64());
    match outcome.as_ref()? {
        Ok(response) if retry::asks_for_another_try(response.status()) => {
            let asked = retry::retry_after(response.headers(), clock.now());
            Some(asked.unwrap_or_else(pause))
        }
        Ok(_) | Err(Failure::Redirect(_)) => None,
        Err(Failure::Connect(_) | Failure::Interrupted(_)) => Some(pause()),
    }
}

fn answer(outcome: Try, call: Box<Call>, time: TimeLimit) -> Result<HttpResponse, HttpClientError> {
    let failure = match outcome {
        Some(Ok(response)) => return Ok(HttpResponse::new(*call, response)),
        Some(Err(failure)) => failure,
        None => {
            let deadline = time.given;
            return Err(HttpClientError::Timeout { call, deadline });
        }
    };
    Err(match failure {
        Failure::Connect(message) => HttpClientError::Connect { call, message },
        Failure::Interrupted(message) => HttpClientError::Interrupted { call, message },
        Failure::Redirect(Stopped::Outside(host)) => HttpClientError::Refused { call, host },
        Failure::Redirect(Stopped::Unfollowed(message)) => {
            HttpClientError::Redirect { call, message }
        }
    })
}
