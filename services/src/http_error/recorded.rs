//! The bodies of errors, byte by byte as Backstage sent them.

use std::io;

use http::{Method, StatusCode};
use serde_json::json;

use super::body::{Hidden, Layout, render};
use super::report::RequestLine;
use super::{HttpError, weak_etag};

const ID: &str = "00000000000000000000";

fn rendered(error: &HttpError, url: &str) -> Vec<u8> {
    let line = RequestLine {
        method: &Method::GET,
        url,
        plugin: None,
        request_id: &"r",
    };
    render(
        &error.parts,
        Some(&line),
        Hidden::LogId(ID),
        Layout::Compact,
    )
}

fn plain() -> HttpError {
    HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", "the cause")
}

#[test]
fn every_kind_is_as_recorded() {
    let teapot = StatusCode::IM_A_TEAPOT;
    let response =
        |status, text: &str, body: &str| HttpError::response(status, text, body.as_bytes());
    let table = [
        (
            HttpError::input("bad input"),
            "/err/input",
            r#"W/"81-RoWhfnKzOI/+FhGFFRU5r4UhnoE""#,
        ),
        (
            HttpError::input("bad input").with_cause(plain()),
            "/err/input-cause",
            r#"W/"d2-8HOldJUo5HMOZr5elkoZuIqYLBU""#,
        ),
        (
            HttpError::authentication("who are you"),
            "/err/authentication",
            r#"W/"95-YhqsC1VsWO+ey/tGH2TBNEHO3mU""#,
        ),
        (
            HttpError::not_allowed("not allowed"),
            "/err/not-allowed",
            r#"W/"8e-5cIWIKICVLJ/30SJlG5AdvfQEwQ""#,
        ),
        (
            HttpError::conflict("conflict"),
            "/err/conflict",
            r#"W/"86-v/sw/lYNjyz0Xy3uL1uM+AG5azc""#,
        ),
        (
            HttpError::not_implemented("not implemented"),
            "/err/not-implemented",
            r#"W/"9a-DwyjBWesIN83Xtgvn3YpaGCCX+c""#,
        ),
        (
            HttpError::unavailable("unavailable"),
            "/err/unavailable",
            r#"W/"96-tfuP5u/7ZKYR/wQoJRghN5rZnuA""#,
        ),
        (
            HttpError::forwarded("forwarded", plain()),
            "/err/forwarded-plain",
            r#"W/"d1-nVk1P5cBilv+DRVMAyEb+P+aCnQ""#,
        ),
        (
            HttpError::forwarded("forwarded", HttpError::not_found("inner")),
            "/err/forwarded-not-found",
            r#"W/"e5-gsoQsXTgYYd8PXYNpQawvGImSXM""#,
        ),
        (
            HttpError::forwarded(
                "outer",
                HttpError::forwarded("middle", HttpError::conflict("inner")),
            ),
            "/err/forwarded-two",
            r#"W/"150-oAsH/yONZWhwR1QnJ7XPwcklz0I""#,
        ),
        (
            response(StatusCode::BAD_GATEWAY, "Bad Gateway", "plain oops"),
            "/err/response-text",
            r#"W/"1bf-gWdajptqzHRLesWLc3jug1Ruhrk""#,
        ),
        (
            response(StatusCode::NOT_FOUND, "Not Found", ""),
            "/call-probe-fail/nope",
            r#"W/"1a2-PFAKWD2VFd1i5DoZGDFiPH5b4A8""#,
        ),
        (
            HttpError::new(teapot, "Error", "teapot").with_field("status", 418),
            "/err/status",
            r#"W/"87-agSX9VEdk5wwbgqSwBxD6IdRYiM""#,
        ),
        (
            HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", "gone")
                .with_status(StatusCode::GONE),
            "/err/status-code",
            r#"W/"8e-nLl3BNg0cns4zvclR4igfdIIDdQ""#,
        ),
    ];
    for (error, url, etag) in table {
        let body = rendered(&error, url);
        let text = String::from_utf8_lossy(&body).into_owned();
        assert_eq!(weak_etag(&body), etag, "{text}");
    }
}

#[test]
fn a_nested_cause_stands_before_name_and_message() {
    let inner = HttpError::forwarded("middle", HttpError::conflict("inner"));
    let error = HttpError::forwarded("outer", inner).with_field("code", "E_OUTER");
    assert_eq!(
        String::from_utf8_lossy(&rendered(&error, "/")),
        r#"{"error":{"name":"ConflictError","message":"outer; caused by ConflictError: middle; caused by ConflictError: inner","cause":{"cause":{"name":"ConflictError","message":"inner"},"name":"ConflictError","message":"middle; caused by ConflictError: inner"},"code":"E_OUTER"},"request":{"method":"GET","url":"/"},"response":{"statusCode":409}}"#
    );
}

#[test]
fn the_remote_error_of_a_response_is_the_cause() {
    let remote = r#"{"error":{"name":"NotFoundError","message":"remote thing; caused by Error: deep","stack":"at …","cause":{"name":"Error","message":"deep","code":7}},"request":{"method":"GET","url":"/remote"},"response":{"statusCode":404}}"#;
    let error = HttpError::response(StatusCode::NOT_FOUND, "Not Found", remote.as_bytes());
    assert_eq!(error.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        String::from_utf8_lossy(&rendered(&error, "/err/response")),
        format!(
            r#"{{"error":{{"name":"ResponseError","message":"Request failed with 404 Not Found","response":{{}},"body":{remote},"cause":{{"cause":{{"code":7,"name":"Error","message":"deep"}},"name":"NotFoundError","message":"remote thing; caused by Error: deep"}},"statusCode":404,"statusText":"Not Found"}},"request":{{"method":"GET","url":"/err/response"}},"response":{{"statusCode":404}}}}"#
        )
    );
}

#[test]
fn a_database_error_is_hidden_wherever_it_stands() {
    let sql = || HttpError::internal(io::Error::other("no such table: things"));
    let hidden = format!("An internal error occurred logId={ID}");
    assert_eq!(
        String::from_utf8_lossy(&rendered(&sql(), "/err/db")),
        format!(
            r#"{{"error":{{"name":"Error","message":"{hidden}"}},"request":{{"method":"GET","url":"/err/db"}},"response":{{"statusCode":500}}}}"#
        )
    );
    let wrapped = HttpError::forwarded("query failed", sql());
    assert_eq!(
        String::from_utf8_lossy(&rendered(&wrapped, "/err/db-wrapped")),
        format!(
            r#"{{"error":{{"name":"Error","message":"query failed; caused by Error: {hidden}","cause":{{"name":"Error","message":"{hidden}"}}}},"request":{{"method":"GET","url":"/err/db-wrapped"}},"response":{{"statusCode":500}}}}"#
        )
    );
    let within = HttpError::input("bad").with_cause(HttpError::forwarded("query failed", sql()));
    assert!(!String::from_utf8_lossy(&rendered(&within, "/")).contains("things"));
    let sourced = HttpError::input("bad").with_source(io::Error::other("no such table: things"));
    assert!(!String::from_utf8_lossy(&rendered(&sourced, "/")).contains("things"));
}

#[test]
fn fields_are_any_json_and_leave_name_and_message_alone() {
    let error = HttpError::input("with fields")
        .with_field("code", "E_OLD")
        .with_field(
            "details",
            json!({"a": [1, 2], "when": "1970-01-01T00:00:00.000Z"}),
        )
        .with_field("name", "Mine")
        .with_field("message", "mine")
        .with_field("code", "E_FIELD");
    assert_eq!(
        String::from_utf8_lossy(&rendered(&error, "/err/extra-fields")),
        r#"{"error":{"name":"InputError","message":"with fields","code":"E_FIELD","details":{"a":[1,2],"when":"1970-01-01T00:00:00.000Z"}},"request":{"method":"GET","url":"/err/extra-fields"},"response":{"statusCode":400}}"#
    );
}

#[test]
fn a_number_that_is_no_status_is_told_and_not_answered_with() {
    for number in [100, 199, 600, 999] {
        let status = StatusCode::from_u16(number).expect("it has three digits");
        let new = HttpError::new(status, "Error", "weird");
        assert_eq!(new.status(), StatusCode::INTERNAL_SERVER_ERROR, "{number}");
    }
    let weird = StatusCode::from_u16(700).expect("it has three digits");
    let error = HttpError::new(StatusCode::OK, "Error", "weird").with_status(weird);
    assert_eq!(
        String::from_utf8_lossy(&rendered(&error, "/err/status-out-of-range")),
        r#"{"error":{"name":"Error","message":"weird","statusCode":700},"request":{"method":"GET","url":"/err/status-out-of-range"},"response":{"statusCode":500}}"#
    );
}

#[test]
fn a_status_of_ones_own_beats_that_of_the_kind() {
    let error = HttpError::not_found("both").with_status(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        String::from_utf8_lossy(&rendered(&error, "/err/status-code-wins")),
        r#"{"error":{"name":"NotFoundError","message":"both","statusCode":422},"request":{"method":"GET","url":"/err/status-code-wins"},"response":{"statusCode":422}}"#
    );
}
