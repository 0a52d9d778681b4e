//! What differs between a recorded answer and that of the backend, each difference by itself, so that a known one hides
//! no other.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::case::Recorded;
use crate::keys::KeyRing;
use crate::shape::{COUNT, NEVER, Shaped, VARIES};

/// What stands for a value that is not there.
pub const ABSENT: &str = "absent";

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `status`, `header <name>`, `body`, `body <JSON pointer>` or `note`.
    pub place: String,
    /// What Backstage answered.
    pub recorded: String,
    /// What came.
    pub answered: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            recorded,
            answered,
        } = self;
        write!(
            formatter,
            "{place}\n    recorded: {recorded}\n    answered: {answered}"
        )
    }
}

/// Everything that differs. Length and entity tag follow the body: where that differs, they only have to be right for
/// the body that came.
pub fn compare(recorded: &Recorded, answered: &Shaped) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differs = |place: String, recorded: Option<String>, answered: Option<String>| {
        let or_absent = |value: Option<String>| value.unwrap_or_else(|| ABSENT.to_owned());
        differences.push(Difference {
            place,
            recorded: or_absent(recorded),
            answered: or_absent(answered),
        });
    };

    if recorded.status != answered.status {
        let shown = |status: u16| Some(status.to_string());
        differs(
            "status".to_owned(),
            shown(recorded.status),
            shown(answered.status),
        );
    }
    let mut bodies = Vec::new();
    compare_bodies(&recorded.body, &answered.body, &mut bodies);
    for name in names(&recorded.headers, &answered.headers) {
        let (was, is) = (recorded.headers.get(name), answered.headers.get(name));
        let fits = match name.as_str() {
            "content-length" => answered.fits.length,
            "etag" => answered.fits.entity_tag,
            _ => false,
        };
        let follows = match (was, is) {
            // Nothing can be said of a body that was not sent; `HEAD` shows its length and tag alone.
            (Some(was), Some(_)) if was == VARIES => fits || answered.body == no_body(),
            (Some(_), Some(_)) => fits && !bodies.is_empty(),
            _ => false,
        };
        if was != is && !follows {
            differs(format!("header {name}"), was.map(shown), is.map(shown));
        }
    }
    for (pointer, was, is) in bodies {
        let place = format!("body {pointer}");
        differs(place.trim_end().to_owned(), was, is);
    }
    if recorded.note != answered.note {
        differs(
            "note".to_owned(),
            recorded.note.clone(),
            answered.note.clone(),
        );
    }
    differences
}

/// Takes out what was so in the recording alone: its keys, and how many requests it had left.
pub fn renew(recorded: &mut Recorded, keys: &KeyRing) {
    if let Some(left) = recorded.headers.get_mut("x-ratelimit-remaining") {
        *left = json!(COUNT);
    }
    rekey(recorded, keys);
}

/// Puts the keys of this run where the recording has its own.
fn rekey(recorded: &mut Recorded, keys: &KeyRing) {
    let Some(Value::Object(document)) = recorded.body.get_mut("json") else {
        return;
    };
    let Some(Value::Array(published)) = document.get_mut("keys") else {
        return;
    };
    for key in published {
        let known = key["kid"].as_str().and_then(|kid| keys.published(kid));
        if let Some(known) = known {
            let (x, y) = known.coordinates();
            key["x"] = json!(x);
            key["y"] = json!(y);
            for name in ["content-length", "etag"] {
                if let Some(value) = recorded.headers.get_mut(name) {
                    *value = json!(VARIES);
                }
            }
        }
    }
}

fn no_body() -> Map<String, Value> {
    Map::from_iter([("text".to_owned(), json!(""))])
}

fn names<'a>(one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> BTreeSet<&'a String> {
    one.keys().chain(other.keys()).collect()
}

/// Pointer, recorded value, value that came.
type Found = (String, Option<String>, Option<String>);

fn compare_bodies(was: &Map<String, Value>, is: &Map<String, Value>, found: &mut Vec<Found>) {
    match (was.get("json"), is.get("json")) {
        (Some(was), Some(is)) => compare_json("", Some(was), Some(is), found),
        _ if was == is => {}
        _ if later_answers(was).is_some() && later_answers(was) == later_answers(is) => {}
        _ => found.push((String::new(), Some(shown_body(was)), Some(shown_body(is)))),
    }
}

/// In a head, before a body that is empty.
const EMPTY: [&str; 2] = ["transfer-encoding: chunked", "content-length: 0"];

/// The lines of a body that holds further answers, as those to requests in one go: each answer's headers sorted, their
/// names in small letters, which is all the same to a client, and without those that are never compared. Nor do the two
/// ways count in which a head can say that its body is empty, of which `DIFFERENCES.md` tells for answers by themselves.
fn later_answers(body: &Map<String, Value>) -> Option<Vec<String>> {
    let text = body.get("text")?.as_str()?;
    let parts: Vec<_> = text.split("HTTP/1.1 ").collect();
    if parts.len() == 1 {
        return None;
    }
    let lines = |part: &str| {
        let mut lines: Vec<_> = part.split("\r\n").map(normal_line).collect();
        lines.retain(|line| {
            !NEVER
                .iter()
                .any(|name| line.starts_with(&format!("{name}: ")))
        });
        let end = lines
            .iter()
            .position(String::is_empty)
            .unwrap_or(lines.len());
        let is_empty = match &lines[end..] {
            [_, zero, _, _] => zero == "0",
            rest => rest.iter().all(String::is_empty),
        };
        if is_empty {
            lines.truncate(end);
            lines.retain(|line| !EMPTY.contains(&&**line));
        }
        let end = end.min(lines.len());
        lines[..end].sort();
        lines
    };
    Some(parts.into_iter().flat_map(lines).collect())
}

fn normal_line(line: &str) -> String {
    match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
        None => line.to_owned(),
    }
}

/// JSON and text as they are, anything else as it is kept.
fn shown_body(body: &Map<String, Value>) -> String {
    match (body.get("json"), body.get("text")) {
        (Some(json), _) => json.to_string(),
        (_, Some(Value::String(text))) if text.is_empty() => "empty".to_owned(),
        (_, Some(Value::String(text))) => text.replace('\r', "\\r").replace('\n', "\\n"),
        _ => Value::Object(body.clone()).to_string(),
    }
}

fn compare_json(pointer: &str, was: Option<&Value>, is: Option<&Value>, found: &mut Vec<Found>) {
    match (was, is) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            for name in names(was, is) {
                let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                compare_json(&pointer, was.get(name), is.get(name), found);
            }
        }
        (Some(Value::Array(was)), Some(Value::Array(is))) => {
            for n in 0..was.len().max(is.len()) {
                compare_json(&format!("{pointer}/{n}"), was.get(n), is.get(n), found);
            }
        }
        (was, is) if was == is => {}
        (was, is) => {
            let shown = |value: &Value| value.to_string();
            found.push((pointer.to_owned(), was.map(shown), is.map(shown)));
        }
    }
}

/// A header as it is, several of one name as a list.
fn shown(header: &Value) -> String {
    match header {
        Value::String(text) => text.clone(),
        more => more.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Fits;

    fn recorded(status: u16, headers: Value, body: Value) -> Recorded {
        let json = json!({ "status": status, "headers": headers, "body": body });
        serde_json::from_value(json).expect("it is an answer")
    }

    fn answered(status: u16, headers: Value, body: Value, fits: bool) -> Shaped {
        let Recorded { headers, body, .. } = recorded(status, headers, body);
        Shaped {
            status,
            headers,
            body,
            note: None,
            fits: Fits {
                length: fits,
                entity_tag: fits,
            },
        }
    }

    fn places(recorded: &Recorded, answered: &Shaped) -> Vec<String> {
        let differences = compare(recorded, answered);
        differences.into_iter().map(|found| found.place).collect()
    }

    #[test]
    fn each_difference_is_one_of_its_own() {
        let was = recorded(
            500,
            json!({ "a": "1", "b": "2" }),
            json!({ "json": { "e": { "m": "x", "n": 1 } } }),
        );
        let is = answered(
            401,
            json!({ "a": "1", "c": "3" }),
            json!({ "json": { "e": { "m": "y", "n": 1, "o": [] } } }),
            false,
        );
        let all = ["status", "header b", "header c", "body /e/m", "body /e/o"];
        assert_eq!(places(&was, &is), all);
        assert_eq!(compare(&was, &is)[1].answered, ABSENT);
    }

    #[test]
    fn of_answers_in_one_go_the_order_of_headers_does_not_count() {
        let text = |headers: &str| json!({ "text": format!("{{}}HTTP/1.1 404 Not Found\r\n{headers}\r\n\r\n0\r\n") });
        let was = recorded(200, json!({}), text("A: 1\r\nB: 2\r\nDate: <now>"));
        let same = answered(200, json!({}), text("date: x\r\nb: 2\r\na: 1"), true);
        assert!(places(&was, &same).is_empty());
        let other = answered(200, json!({}), text("b: 2\r\na: 2"), true);
        assert_eq!(places(&was, &other), ["body"]);

        let ends =
            |end: &str| json!({ "text": format!("{{}}HTTP/1.1 404 Not Found\r\na: 1\r\n{end}") });
        let was = recorded(
            200,
            json!({}),
            ends("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        );
        let same = answered(200, json!({}), ends("content-length: 0\r\n\r\n"), true);
        assert!(places(&was, &same).is_empty());
        let other = answered(200, json!({}), ends("content-length: 1\r\n\r\n1"), true);
        assert_eq!(places(&was, &other), ["body"]);
    }

    #[test]
    fn length_and_tag_follow_a_body_that_differs_and_no_other() {
        let headers = |tag: &str| json!({ "etag": tag, "content-length": tag });
        let (one, two) = (json!({ "text": "1" }), json!({ "text": "2" }));
        let was = recorded(200, headers("1"), one.clone());
        assert_eq!(
            places(&was, &answered(200, headers("2"), two.clone(), true)),
            ["body"]
        );
        let wrong = ["header content-length", "header etag", "body"];
        assert_eq!(
            places(&was, &answered(200, headers("2"), two, false)),
            wrong
        );
        assert_eq!(
            places(&was, &answered(200, headers("2"), one.clone(), true)),
            wrong[..2]
        );
        let varies = recorded(200, headers(VARIES), one.clone());
        assert_eq!(
            places(&varies, &answered(200, headers("2"), one, false)),
            wrong[..2]
        );
    }
}
