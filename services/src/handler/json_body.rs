//! From a request to its JSON, in the steps and with the refusals of the model's body parser.
//!
//! Two of its habits are left out. It sends the posted body back when it cannot be parsed, and the words of its
//! engine with it.

use std::borrow::Cow;

use axum::RequestExt as _;
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use futures_util::StreamExt as _;
use greenroom_di_core::error_chain;
use http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::body_limit::{TooLarge, limit_of};
use super::inflate::Encoding;
use super::wording;
use crate::http_error::HttpError;

/// The text of a body.
pub(super) struct JsonText {
    bytes: Vec<u8>,
    /// The type of a body that was there and was not read.
    unread: Option<String>,
}

/// Reads the body, if it is one of JSON.
pub(super) async fn read(request: Request) -> Result<JsonText, HttpError> {
    let nothing = |unread| JsonText {
        bytes: Vec::new(),
        unread,
    };
    if request.body().is_end_stream() {
        return Ok(nothing(None));
    }
    let content_type = text(request.headers(), header::CONTENT_TYPE).into_owned();
    let Some(parameters) = parameters_of_json(&content_type) else {
        return Ok(nothing(Some(content_type)));
    };
    supported_charset(parameters)?;
    let encoding = text(request.headers(), header::CONTENT_ENCODING).to_ascii_lowercase();
    let encoding = Encoding::of(&encoding)?;
    let limit = limit_of(request.extensions());
    if encoding == Encoding::Identity {
        let length = request.body().size_hint().exact().unwrap_or(0);
        if length > limit {
            return Err(TooLarge::Announced { length, limit }.into());
        }
    }
    let bytes = collect(request.into_limited_body(), limit).await?;
    let bytes = encoding.decode(bytes, limit)?;
    Ok(JsonText {
        bytes,
        unread: None,
    })
}

impl JsonText {
    /// What the text says.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        // The model's parser replaces what is not UTF-8, and skips the mark of the byte order.
        let text = match str::from_utf8(&self.bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(&self.bytes),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let text = if text.is_empty() { "{}" } else { text };
        match text
            .trim_start_matches([' ', '\t', '\n', '\r'])
            .chars()
            .next()
        {
            Some('{' | '[') => {}
            Some(_) => return Err(syntax_error("a body of JSON is an object or a list")),
            None => return Err(syntax_error("the body has white space alone")),
        }
        // Noting the place of each part costs a tenth of a request, so that is done only if there is a mistake.
        serde_json::from_str(text).or_else(|_| self.parse_noting_where(text))
    }

    fn parse_noting_where<T: DeserializeOwned>(&self, text: &str) -> Result<T, HttpError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            self.refusal(&path, &error.into_inner())
        })?;
        match deserializer.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(self.refusal("", &error)),
        }
    }

    fn refusal(&self, path: &str, error: &serde_json::Error) -> HttpError {
        if let Some(unread) = &self.unread {
            let found = match &**unread {
                "" => "no content type".to_owned(),
                found => format!("the content type \"{}\"", wording::shortened(found)),
            };
            return HttpError::unsupported_media_type(format!(
                "found {found}, wanted \"application/json\""
            ));
        }
        let place = format!("line {}, column {}", error.line(), error.column());
        match error.classify() {
            Category::Data => {
                let words = error.to_string();
                let words = words.rsplit_once(" at line ").map_or(&*words, |it| it.0);
                wording::refusal("body", path, words)
            }
            Category::Eof => syntax_error(&format!("the body is JSON that ends early: {place}")),
            Category::Syntax | Category::Io => {
                syntax_error(&format!("the body is not JSON: {place}"))
            }
        }
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Cow<'_, str> {
    headers.get(name).map_or(Cow::Borrowed(""), |value| {
        String::from_utf8_lossy(value.as_bytes())
    })
}

/// What follows the type, if that is JSON.
fn parameters_of_json(content_type: &str) -> Option<&str> {
    let (name, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    name.trim()
        .eq_ignore_ascii_case("application/json")
        .then_some(parameters)
}

fn supported_charset(parameters: &str) -> Result<(), HttpError> {
    let named = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let named = name.trim().eq_ignore_ascii_case("charset");
        named.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    match named.as_deref() {
        None | Some("" | "utf-8") => Ok(()),
        Some(charset) => {
            let charset = wording::shortened(charset);
            let message = format!("unsupported charset \"{}\"", charset.to_ascii_uppercase());
            Err(HttpError::unsupported_media_type(message)
                .with_field("charset", charset)
                .with_field("type", "charset.unsupported"))
        }
    }
}

async fn collect(body: Body, limit: u64) -> Result<Vec<u8>, HttpError> {
    let mut whole = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        whole.extend_from_slice(&chunk.map_err(broken)?);
        let received = whole.len() as u64;
        if received > limit {
            return Err(TooLarge::Received { received, limit }.into());
        }
    }
    Ok(whole)
}

/// The body did not come to its end.
fn broken(error: axum::Error) -> HttpError {
    for behind in error_chain(&error) {
        if let Some(too_large) = behind.downcast_ref::<TooLarge>() {
            return HttpError::from(*too_large);
        }
        // A limit of axum's own, which does not tell its number.
        if behind.is::<LengthLimitError>() {
            return HttpError::payload_too_large().with_field("type", "entity.too.large");
        }
    }
    HttpError::input("The body of the request broke off").with_source(error)
}

fn syntax_error(message: &str) -> HttpError {
    HttpError::new(StatusCode::BAD_REQUEST, "SyntaxError", message.to_owned())
        .with_field("expose", true)
        .with_field("statusCode", 400)
        .with_field("status", 400)
        .with_field("type", "entity.parse.failed")
}
