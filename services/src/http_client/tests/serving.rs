//! Calls that are made while a request is served.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::routing::get;
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use super::{client, on};
use crate::http_error::HttpError;
use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::fixture;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn id_and_trace_go_along_and_a_failure_becomes_a_gateways() {
    let server = MockServer::start().await;
    on(&server, "GET", "/a", ResponseTemplate::new(500)).await;
    let client = client(json!({}));
    let url = format!("{}/a", server.uri());
    let handler = async move || -> Result<(), HttpError> {
        client.get(&url).send().await?.error_for_status()?;
        Ok(())
    };
    let fixture = fixture(json!({}));
    let mounted = fixture
        .router
        .mount("/out", Router::new().route("/", get(handler)));
    mounted.expect("the path is free");

    let request = Request::get("/out/")
        .header("x-request-id", "abc")
        .header("traceparent", PARENT)
        .header("tracestate", "a=1");
    let request = request.body(Body::empty()).expect("a valid request");
    let response = fixture.router.handle(request).await;
    assert_eq!(response.status(), 502);

    let requests = server.received_requests().await.expect("recorded");
    let headers = &requests[0].headers;
    assert_eq!(headers["x-request-id"], "abc");
    assert_eq!(headers["traceparent"], PARENT);
    assert_eq!(headers["tracestate"], "a=1");
    let logged = fixture.log.of_type("errorHandler");
    assert!(
        logged[0].message.contains("plugin `shop`: GET"),
        "{logged:?}"
    );
}
