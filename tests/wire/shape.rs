//! An answer without what changes from run to run, in the shape in which the recorded answers are kept: times of this
//! run, the backend's address and tokens have placeholders, a long body its hash.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::read::{GzDecoder, ZlibDecoder};
use greenroom::clock::{ClockService as _, SystemClock};
use regex_lite::Regex;
use ring::digest;
use serde_json::{Map, Value, json};

use crate::client::Answer;

/// In the place of a length or an entity tag of a body that changes from run to run.
pub const VARIES: &str = "<varies>";

/// In the place of a number of requests that are left: the recording has those in it that Backstage sent to itself, and
/// those of cases that were not kept.
pub const COUNT: &str = "<count>";

/// Headers that say nothing of the answer.
pub const NEVER: [&str; 3] = ["date", "connection", "keep-alive"];

/// A body that is longer is kept as its hash.
const LONGEST: usize = 6000;

/// An answer that can be compared.
#[derive(Debug)]
pub struct Shaped {
    pub status: u16,
    /// By name in small letters; a list where a name occurs more than once.
    pub headers: Map<String, Value>,
    pub body: Map<String, Value>,
    pub note: Option<String>,
    /// Whether this header is the right one for the body that came with it.
    pub fits: Fits,
}

/// Whether what a head says of the body is true of it. False where nothing can be said: without a header, without a
/// body, or behind a coding that is not undone here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fits {
    pub length: bool,
    pub entity_tag: bool,
}

/// Replaces what changes, for a backend at this base URL.
pub fn shape(answer: &Answer, replace: &Replace) -> Shaped {
    let mut headers = Map::new();
    for (name, value) in &answer.headers {
        let name = name.to_ascii_lowercase();
        if !NEVER.contains(&&*name) {
            let value = replace.header(&name, value);
            add(&mut headers, name, value);
        }
    }
    let coding = answer.header("content-encoding");
    let plain = decoded(&answer.body, coding);
    let fits = plain
        .as_deref()
        .map_or(Fits::default(), |plain| fits(answer, plain));

    let mut varies = false;
    let body = match &plain {
        None => {
            headers.remove("content-length");
            map(json!({ "encoded": coding, "compressed": true }))
        }
        Some(plain) => body(plain, replace, &mut varies),
    };
    if matches!(coding, Some("gzip" | "deflate")) {
        headers.remove("content-length");
    }
    if varies {
        for name in ["content-length", "etag"] {
            if let Some(value) = headers.get_mut(name) {
                *value = json!(VARIES);
            }
        }
    }
    Shaped {
        status: answer.status,
        headers,
        body,
        note: answer.note.map(str::to_owned),
        fits,
    }
}

fn add(headers: &mut Map<String, Value>, name: String, value: String) {
    match headers.get_mut(&name) {
        None => drop(headers.insert(name, json!(value))),
        Some(Value::Array(values)) => values.push(json!(value)),
        Some(first) => *first = json!([first, value]),
    }
}

/// The body without its coding; `None` for a coding that the recording does not undo either.
fn decoded(body: &[u8], coding: Option<&str>) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let undone = match coding {
        None | Some("identity") => return Some(body.to_vec()),
        Some("gzip" | "deflate") if body.is_empty() => return Some(plain),
        Some("gzip") => GzDecoder::new(body).read_to_end(&mut plain),
        Some("deflate") => ZlibDecoder::new(body).read_to_end(&mut plain),
        Some(_) => return None,
    };
    undone.ok().map(|_| plain)
}

fn body(plain: &[u8], replace: &Replace, varies: &mut bool) -> Map<String, Value> {
    let hash = || {
        let hash = digest::digest(&digest::SHA256, plain);
        hash.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let Ok(text) = std::str::from_utf8(plain) else {
        return map(json!({ "bytes": plain.len(), "sha256": hash() }));
    };
    let length = text.chars().count();
    if length > LONGEST {
        return map(json!({ "chars": length, "sha256": hash() }));
    }
    let shown = replace.text(text);
    *varies = shown != text;
    match serde_json::from_str::<Value>(&shown) {
        Ok(mut json) => {
            *varies |= hide_stacks(&mut json);
            *varies |= json.pointer("/keys/0/kty").is_some();
            map(json!({ "json": json }))
        }
        Err(_) => map(json!({ "text": shown })),
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn hide_stacks(value: &mut Value) -> bool {
    let mut hidden = false;
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "stack" && value.is_string() {
                    *value = json!("<stack>");
                    hidden = true;
                } else {
                    hidden |= hide_stacks(value);
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                hidden |= hide_stacks(value);
            }
        }
        _ => {}
    }
    hidden
}

fn fits(answer: &Answer, plain: &[u8]) -> Fits {
    let length = answer
        .header("content-length")
        .and_then(|it| it.parse().ok());
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, plain);
    let hash = STANDARD_NO_PAD.encode(hash);
    let tag = format!("W/\"{:x}-{hash}\"", plain.len());
    Fits {
        length: length == Some(answer.body.len()),
        entity_tag: answer.header("etag") == Some(&*tag),
    }
}

/// What is replaced by what.
pub struct Replace {
    base: String,
    host: String,
    near: Regex,
    patterns: Vec<(Regex, &'static str)>,
}

impl Replace {
    /// For a backend at this base URL, without a slash at the end.
    pub fn at(base: &str) -> Self {
        let now = humantime::format_rfc3339_seconds(SystemClock.now()).to_string();
        let year: u32 = now[..4].parse().expect("a time begins with its year");
        let near = format!("({year}|{})", year + 1);
        let regex = |pattern: &str| Regex::new(pattern).expect("it is a pattern");
        let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
        let time = format!(r"{near}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)");
        let patterns = vec![
            (
                regex(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
                "<jwt>",
            ),
            (regex("logId=[0-9a-f]{20}"), "logId=<hex20>"),
            (regex(uuid), "<uuid>"),
            (regex("\r\n[Dd]ate: [^\r]*"), "\r\nDate: <now>"),
            (regex(&time), "<iso-now>"),
            (
                regex(r#""expiresInSeconds":\d+"#),
                r#""expiresInSeconds":"<secs>""#,
            ),
        ];
        Self {
            base: base.to_owned(),
            host: base.trim_start_matches("http://").to_owned(),
            near: regex(&format!("Expires=[^;]*{near} [^;]*")),
            patterns,
        }
    }

    fn header(&self, name: &str, value: &str) -> String {
        match name {
            "x-ratelimit-reset" | "retry-after" | "ratelimit-reset" => "<secs>".to_owned(),
            "x-ratelimit-remaining" => COUNT.to_owned(),
            "set-cookie" => {
                let value = self.text(value);
                self.near.replace_all(&value, "Expires=<near>").into_owned()
            }
            _ => self.text(value),
        }
    }

    fn text(&self, text: &str) -> String {
        let text = text.replace(&self.base, "{{BASE}}");
        let text = text.replace(&self.host, "{{HOSTPORT}}");
        let replace = |text: String, (pattern, by): &(Regex, &str)| {
            pattern.replace_all(&text, *by).into_owned()
        };
        self.patterns.iter().fold(text, replace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(headers: &[(&str, &str)], body: &[u8]) -> Shaped {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let answer = Answer {
            status: 200,
            headers: headers.iter().map(own).collect(),
            body: body.to_vec(),
            note: None,
        };
        shape(&answer, &Replace::at("http://127.0.0.1:4711"))
    }

    #[test]
    fn what_changes_has_placeholders_and_takes_length_and_tag_along() {
        let body = br#"{"at":"http://127.0.0.1:4711/x","host":"127.0.0.1:4711","m":"logId=0123456789abcdef0123","token":"eyJh.eyJi.c-_","stack":"here"}"#;
        let answer = shaped(
            &[("Content-Length", "5"), ("ETag", "x"), ("Date", "now")],
            body,
        );
        let expected = json!({
            "at": "{{BASE}}/x",
            "host": "{{HOSTPORT}}",
            "m": "logId=<hex20>",
            "token": "<jwt>",
            "stack": "<stack>",
        });
        assert_eq!(answer.body["json"], expected);
        assert_eq!(
            Value::Object(answer.headers),
            json!({ "content-length": VARIES, "etag": VARIES })
        );
        assert!(!answer.fits.length && !answer.fits.entity_tag);
    }

    #[test]
    fn what_does_not_change_is_left_as_it_is() {
        let tag = r#"W/"f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg""#;
        let headers = [
            ("Set-Cookie", "a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"),
            ("Set-Cookie", "b=2"),
            ("ETag", tag),
            ("Content-Length", "15"),
        ];
        let answer = shaped(&headers, br#"{"status":"ok"}"#);
        assert_eq!(answer.headers["set-cookie"], json!([headers[0].1, "b=2"]));
        assert_eq!(answer.headers["etag"], json!(tag));
        assert!(answer.fits.length && answer.fits.entity_tag);
    }

    #[test]
    fn long_bodies_and_bytes_are_hashed() {
        let long = shaped(&[], "x".repeat(LONGEST + 1).as_bytes());
        assert_eq!(long.body["chars"], json!(LONGEST + 1));
        assert_eq!(shaped(&[], &[0xff]).body["bytes"], json!(1));
        assert_eq!(
            shaped(&[("Content-Encoding", "br")], &[1]).body["encoded"],
            json!("br")
        );
    }
}
