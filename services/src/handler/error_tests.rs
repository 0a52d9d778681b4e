//! What of a handler's error the client reads and what the log keeps, in both modes.

use std::io;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::get;
use serde_json::{Value, json};

use super::{ApiError, Forwarded as _};
use crate::http_error::HttpError;
use crate::logger::Level;
use crate::root_http_router::RootHttpRouterService as _;
use crate::root_http_router::testing::{Fixture, fixture};

fn disk() -> Result<(), io::Error> {
    Err(io::Error::other("disk full"))
}

async fn unknown() -> Result<(), ApiError> {
    Ok(disk()?)
}

async fn forwarded() -> Result<(), ApiError> {
    disk().forwarded("not kept")
}

async fn hidden_behind_input() -> Result<(), ApiError> {
    disk().map_err(|error| HttpError::input("bad").with_cause(HttpError::internal(error)))?;
    Ok(())
}

async fn known() -> Result<(), ApiError> {
    disk().map_err(|error| HttpError::not_found("no such file").with_source(error))?;
    Ok(())
}

async fn not_modified() -> Result<(), ApiError> {
    Err(HttpError::not_modified("not modified").into())
}

async fn ask(mode: &str, path: &str) -> (u16, String, Fixture) {
    let fixture = fixture(json!({ "mode": mode }));
    let router = Router::new()
        .route("/unknown", get(unknown))
        .route("/forwarded", get(forwarded))
        .route("/input", get(hidden_behind_input))
        .route("/known", get(known))
        .route("/not-modified", get(not_modified));
    let mounted = fixture.router.mount("/tools", router);
    mounted.expect("the path is free");
    let request = Request::get(format!("/tools{path}")).body(Body::empty());
    let request = request.expect("a valid request");
    let response = fixture.router.handle(request).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 10_000).await;
    let body = body.expect("the body is short");
    let body = String::from_utf8_lossy(&body).into_owned();
    (status, body, fixture)
}

#[tokio::test]
async fn what_nobody_expected_is_an_id_for_the_client_and_a_line_in_the_log() {
    for (path, status, before, logged) in [
        ("/unknown", 500, "", "disk full"),
        (
            "/forwarded",
            500,
            "not kept; caused by Error: ",
            "not kept; caused by Error: disk full",
        ),
        (
            "/input",
            400,
            "bad; caused by Error: ",
            "bad; caused by Error: disk full",
        ),
    ] {
        let (answered, body, fixture) = ask("production", path).await;
        assert_eq!(answered, status);
        assert!(!body.contains("disk"), "{body}");
        let line = fixture.log.of_type("errorHandler").remove(0);
        assert_eq!(line.level, Level::Error);
        assert_eq!(
            line.message,
            format!("Request failed with status {status} {logged}")
        );
        let id = line.fields["logId"].as_str().expect("the line has an id");
        let body: Value = serde_json::from_str(&body).expect("it is JSON");
        assert_eq!(
            body["error"]["message"],
            format!("{before}An internal error occurred logId={id}")
        );
    }
}

#[tokio::test]
async fn development_shows_it() {
    let (_, body, _) = ask("development", "/forwarded").await;
    let expected = "{\n  \"error\": {\n    \"name\": \"Error\",\n    \"message\": \"not kept; caused by Error: disk full\",\n    \"cause\": {\n      \"name\": \"Error\",\n      \"message\": \"disk full\"\n    }\n  },\n";
    assert!(body.starts_with(expected), "{body}");
}

#[tokio::test]
async fn what_is_behind_a_refusal_is_logged_for_those_who_ask_for_it() {
    for mode in ["production", "development"] {
        let (status, body, fixture) = ask(mode, "/known").await;
        assert_eq!(status, 404);
        assert!(!body.contains("disk"), "{body}");
        let line = fixture.log.of_type("errorHandler").remove(0);
        assert_eq!(line.level, Level::Debug);
        let expected = "Request failed with status 404 no such file; caused by disk full";
        assert_eq!(line.message, expected);
    }
}

#[tokio::test]
async fn a_304_has_no_body() {
    let (status, body, fixture) = ask("production", "/not-modified").await;
    assert_eq!((status, &*body), (304, ""));
    assert!(fixture.log.of_type("errorHandler").is_empty());
}
