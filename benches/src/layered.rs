//! axum with what greenroom does by default, as somebody writes it who knows axum and wants it fast.
//!
//! The layers are those of tower-http where it has one, and where there is a choice the cheaper one was
//! taken: one function for all security headers, one event per request. The log line says each fact once,
//! in fields; greenroom's says most of them twice, because the anchor's message repeats them.
//!
//! Left out is what the requests of the benchmarks do not ask for: compression, conditions, other origins.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use sha1::{Digest as _, Sha1};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::{Level, Span};

use crate::BoxError;

const BODY_LIMIT: usize = 100 * 1024;
const TIMEOUT: Duration = Duration::from_mins(5);

/// The headers of greenroom's answers, in their order.
const SECURITY_HEADERS: [(HeaderName, HeaderValue); 9] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self';base-uri 'self';font-src 'self' https: data:;\
             frame-ancestors 'self';img-src 'self' data:;object-src 'none';\
             script-src 'self' 'unsafe-eval';script-src-attr 'none';\
             style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=15552000; includeSubDomains"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::X_DNS_PREFETCH_CONTROL,
        HeaderValue::from_static("off"),
    ),
    (
        HeaderName::from_static("x-download-options"),
        HeaderValue::from_static("noopen"),
    ),
    (
        header::X_FRAME_OPTIONS,
        HeaderValue::from_static("SAMEORIGIN"),
    ),
    (
        HeaderName::from_static("x-permitted-cross-domain-policies"),
        HeaderValue::from_static("none"),
    ),
    (header::X_XSS_PROTECTION, HeaderValue::from_static("0")),
];

/// Writes the log in JSON to standard output, from this level on.
pub fn log(level: Level) {
    tracing_subscriber::fmt()
        .json()
        .with_max_level(level)
        .flatten_event(true)
        .with_span_list(false)
        .init();
}

/// The routes of the plugin `example`, below `/api/example` and behind the layers.
pub fn layered(plugin: Router) -> Router {
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(request_span)
                .on_request(())
                .on_response(log_request),
        )
        .layer(PropagateRequestIdLayer::x_request_id())
        .map_response(with_security_headers)
        .layer(middleware::map_response(with_entity_tag))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT));
    Router::new().nest("/api/example", plugin).layer(layers)
}

/// A weak tag, as Express writes it: the length of the body and its hash.
async fn with_entity_tag<B>(response: axum::http::Response<B>) -> Response
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let (mut head, body) = response.into_parts();
    let Ok(body) = to_bytes(Body::new(body), usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let hash = BASE64.encode(Sha1::digest(&body));
    let tag = format!("W/\"{:x}-{hash}\"", body.len());
    if let Ok(tag) = HeaderValue::try_from(tag) {
        head.headers.insert(header::ETAG, tag);
    }
    Response::from_parts(head, Body::from(body))
}

fn request_span(request: &Request) -> Span {
    let header = |name| request.headers().get(name)?.to_str().ok();
    let id = request.extensions().get::<RequestId>();
    tracing::info_span!(
        "request",
        plugin = "example",
        requestId = id.and_then(|id| id.header_value().to_str().ok()),
        method = request.method().as_str(),
        url = request.uri().path_and_query().map(|whole| whole.as_str()),
        httpVersion = ?request.version(),
        userAgent = header(header::USER_AGENT),
        referrer = header(header::REFERER),
    )
}

fn log_request<B>(response: &axum::http::Response<B>, latency: Duration, _: &Span)
where
    B: HttpBody,
{
    tracing::info!(
        r#type = "incomingRequest",
        status = response.status().as_u16(),
        contentLength = response.body().size_hint().exact(),
        durationMs = latency.as_secs_f64() * 1000.0,
        "request"
    );
}

fn with_security_headers<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    headers.reserve(SECURITY_HEADERS.len());
    headers.extend(SECURITY_HEADERS);
    response
}
