//! How a window that has signed somebody in tells the app, which waits in the window that opened it.
//!
//! Two messages: the first says to everybody which origin the second is for, so that an app at another address can tell
//! its user what is wrong; the second has the answer, and a browser gives it to that origin alone. The page has one
//! script, which its own policy names by hash, and what it says is encoded so that no text can end it.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use greenroom::prelude::*;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::percent;

/// The answer of a window, of Backstage's form.
#[derive(Serialize)]
#[serde(tag = "type", rename = "authorization_response")]
struct Message<T> {
    #[serde(flatten)]
    outcome: Outcome<T>,
}

/// How a sign-in ended.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome<T> {
    /// Somebody has signed in.
    Response(T),
    /// Nobody has.
    Error {
        /// The kind of the error.
        name: String,
        /// What is told to the person.
        message: String,
    },
}

/// The page that tells the app at this origin, and closes its window.
pub(super) fn page<T: Serialize>(origin: &str, outcome: Outcome<T>) -> Result<Response, ApiError> {
    let message = serde_json::to_string(&Message { outcome })?;
    let (message, origin) = (percent::encode(&message), percent::encode(origin));
    // The window waits a little, because the app looks for its end every 100 ms, and must have the message then.
    let script = format!(
        "(() => {{\n\
         const target = decodeURIComponent('{origin}');\n\
         const app = window.opener || window.parent;\n\
         app.postMessage({{ type: 'config_info', targetOrigin: target }}, '*');\n\
         app.postMessage(JSON.parse(decodeURIComponent('{message}')), target);\n\
         setTimeout(() => window.close(), 100);\n\
         }})();"
    );
    let hash = BASE64.encode(Sha256::digest(&script));
    let policy = HeaderValue::try_from(format!("script-src 'sha256-{hash}'"))?;
    let fixed = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let headers = [
        fixed(CONTENT_TYPE, "text/html"),
        fixed(X_FRAME_OPTIONS, "sameorigin"),
        fixed(CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    let page = format!("<html><body><script>{script}</script></body></html>");
    Ok((headers, page).into_response())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_message_is_of_backstages_form() {
        let response = Message {
            outcome: Outcome::Response(json!({ "profile": {} })),
        };
        let expected = json!({ "type": "authorization_response", "response": { "profile": {} } });
        assert_eq!(serde_json::to_value(response).ok(), Some(expected));
        let error: Message<Value> = Message {
            outcome: Outcome::Error {
                name: "NotAllowedError".to_owned(),
                message: "no".to_owned(),
            },
        };
        let told = json!({ "name": "NotAllowedError", "message": "no" });
        let expected = json!({ "type": "authorization_response", "error": told });
        assert_eq!(serde_json::to_value(error).ok(), Some(expected));
    }
}
