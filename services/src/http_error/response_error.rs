//! `ResponseError`: another backend's refusal, handed on to the own client.
//!
//! The status, the words and the body of the other backend go to the client as they are. So it is for
//! backends that are as close as another plugin; what a stranger answered is better hidden, as
//! `HttpClientError` does.

use std::borrow::Cow;

use http::StatusCode;
use indexmap::IndexMap;
use serde_json::json;

use super::HttpError;
use super::ordered::Ordered;

/// The member that no answer has in production.
const STACK: &str = "stack";

impl HttpError {
    /// `ResponseError`, with the status of another backend's answer, the text of that status such as
    /// `Not Found`, and what is in the body.
    ///
    /// A body in the format of [`HttpError`] is the member `body`, and the error in it the `cause`. Of any
    /// other body the text becomes the message of such an error.
    #[must_use]
    pub fn response(status: StatusCode, status_text: &str, body: &[u8]) -> Self {
        let answered = format!("{} {status_text}", status.as_u16());
        let answered = answered.trim_end();
        let body = serde_json::from_slice(body)
            .ok()
            .filter(is_an_errors_body)
            .unwrap_or_else(|| made_of_text(status, answered, &String::from_utf8_lossy(body)));
        let cause = body.object("error").cloned().map(as_cause);
        let message = Cow::Owned(format!("Request failed with {answered}"));
        let mut error = Self::new(status, "ResponseError", message);
        error.put_field("response", json!({}).into());
        error.put_field("body", body);
        if let Some(cause) = cause {
            error.put_field("cause", cause);
        }
        error.put_field("statusCode", status.as_u16().into());
        error.put_field("statusText", status_text.into());
        error
    }
}

fn is_an_errors_body(body: &Ordered) -> bool {
    body.object("error").is_some() && body.object("response").is_some()
}

fn made_of_text(status: StatusCode, answered: &str, text: &str) -> Ordered {
    let separator = if text.is_empty() { "" } else { ", " };
    let message = format!("Request failed with status {answered}{separator}{text}");
    let error = [("name", "Error".into()), ("message", message.into())];
    let response = [("statusCode", status.as_u16().into())];
    object([("error", object(error)), ("response", object(response))])
}

fn object<const N: usize>(members: [(&str, Ordered); N]) -> Ordered {
    let members = members.into_iter();
    Ordered::Object(
        members
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// An error as it stands in `cause`: name and message are the last members.
fn as_cause(mut error: IndexMap<String, Ordered>) -> Ordered {
    error.shift_remove(STACK);
    if let Some(Ordered::Object(inner)) = error.get("cause") {
        let inner = as_cause(inner.clone());
        error.insert("cause".to_owned(), inner);
    }
    for name in ["name", "message"] {
        if let Some((name, value)) = error.shift_remove_entry(name) {
            error.insert(name, value);
        }
    }
    Ordered::Object(error)
}
