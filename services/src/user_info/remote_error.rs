//! An error of the auth plugin, as the anchor hands it on to the client.
//!
//! Only refusals are handed on, which say something of the user. What goes wrong inside of another service is not the
//! client's business.

use serde_json::{Value, json};

use crate::http_client::HttpResponse;
use crate::http_error::HttpError;

/// More of an error is not handed on.
const LONGEST_TEXT: usize = 1000;

/// The error of an answer with a status of 400 to 499.
pub(super) async fn remote_error(answer: HttpResponse) -> HttpError {
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let text = answer.text().await.unwrap_or_default();
    let text: String = text.chars().take(LONGEST_TEXT).collect();
    let body = serde_json::from_str(&text).ok().filter(is_error).unwrap_or_else(|| {
        let separator = if text.is_empty() { "" } else { ", " };
        json!({
            "error": {
                "name": "Error",
                "message": format!("Request failed with status {} {reason}{separator}{text}", status.as_u16()),
            },
            "response": { "statusCode": status.as_u16() },
        })
    });
    let cause = body["error"].clone();
    let message = format!("Request failed with {} {reason}", status.as_u16());
    HttpError::new(status, "ResponseError", message)
        .with_field("response", json!({}))
        .with_field("body", body)
        .with_field("cause", cause)
        .with_field("statusCode", status.as_u16())
        .with_field("statusText", reason)
}

/// Whether this is the JSON of an error as backends write it.
fn is_error(body: &Value) -> bool {
    body["error"]["name"].is_string() && body["error"]["message"].is_string()
}
