//! Handlers run inside the span of their request.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use greenroom_di_core::lifecycle::PluginState;
use http::Method;
use serde_json::json;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use super::{Plugin, plugin, read};
use crate::http_router::AuthPolicy;
use crate::root_http_router::RequestId;

/// Notes the names of the spans in which an event happens.
struct Spans(Arc<Mutex<Vec<String>>>);

impl<S> tracing_subscriber::Layer<S> for Spans
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let span = context.event_span(event).map(|span| {
            let fields: Vec<_> = span.fields().iter().map(|field| field.name()).collect();
            format!("{}{fields:?}", span.name())
        });
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(span);
    }
}

#[tokio::test]
async fn handlers_run_inside_a_span_and_know_the_request_id() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::registry().with(Spans(Arc::clone(&seen)));
    // While there is a single dispatch, tracing lets the first thread that comes by, which may be
    // another test's, decide for all threads whether a span is wanted.
    let _others = [NoSubscriber::new(), NoSubscriber::new()].map(tracing::Dispatch::new);
    let plugin = plugin(json!({}));
    let handler = |id: axum::Extension<RequestId>| async move {
        tracing::info!("inside");
        id.0.to_string()
    };
    plugin.router.mount(Router::new().route("/a", get(handler)));
    plugin
        .router
        .add_auth_policy(AuthPolicy::unauthenticated("/"));
    plugin.state.send_replace(PluginState::Started);
    let mut request = Plugin::request(Method::GET, "/api/example/a", Body::empty());
    request
        .headers_mut()
        .insert("x-request-id", http::HeaderValue::from_static("mine"));
    let response = plugin
        .root
        .router
        .handle(request)
        .with_subscriber(subscriber)
        .await;
    assert_eq!(response.headers()["x-request-id"], "mine");
    assert_eq!(read(response).await.2, "mine");
    assert_eq!(*seen.lock().unwrap(), [r#"request["plugin", "requestId"]"#]);
    let line = plugin
        .root
        .log
        .of_type("incomingRequest")
        .pop()
        .expect("the request is logged");
    assert_eq!(line.fields["plugin"], "example");
    assert_eq!(line.fields["url"], "/api/example/a");
}
