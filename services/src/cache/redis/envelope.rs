//! How a value stands in Redis: as the anchor's library writes it, `{"value":…,"expires":…}`, with `tags` behind that
//! when it has some.
//!
//! The value is spliced in and cut out as it is. To parse it here and write it again would cost more than the rest of the
//! call, and lose numbers that a parsed form has no place for.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::super::store::Stored;

const HEAD: &[u8] = b"{\"value\":";

#[derive(Default, Deserialize, Serialize)]
struct Tail {
    /// In milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

/// Writes a value that expires at this time.
pub(super) fn seal(stored: &Stored, expires: Option<u64>) -> Vec<u8> {
    let tail = Tail {
        expires,
        tags: stored.tags.iter().cloned().collect(),
    };
    let tail = serde_json::to_vec(&tail).expect("numbers and strings are JSON");
    let mut sealed = Vec::with_capacity(HEAD.len() + stored.json.len() + tail.len());
    sealed.extend_from_slice(HEAD);
    sealed.extend_from_slice(&stored.json);
    if tail.len() > 2 {
        sealed.push(b',');
    }
    sealed.extend_from_slice(&tail[1..]);
    sealed
}

/// Reads what lies under a key. `Ok(None)` is a value whose time is over.
pub(super) fn open(sealed: Vec<u8>, now: u64) -> Result<Option<Stored>, &'static str> {
    if is_number(&sealed) {
        // A counter, which Redis keeps as it is.
        return Ok(Some(Stored {
            json: Bytes::from(sealed),
            tags: Vec::new(),
        }));
    }
    let foreign = "it was written by something else";
    let rest = sealed.strip_prefix(HEAD).ok_or(foreign)?;
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
    values.next().and_then(Result::ok).ok_or(foreign)?;
    let end = values.byte_offset();
    let tail = match rest[end..].trim_ascii() {
        b"}" => Tail::default(),
        [b',', members @ ..] if members != b"}" => {
            let tail = [b"{", members].concat();
            serde_json::from_slice(&tail).map_err(|_| foreign)?
        }
        _ => return Err(foreign),
    };
    if tail.expires.is_some_and(|expires| expires <= now) {
        return Ok(None);
    }
    let value = HEAD.len()..HEAD.len() + end;
    Ok(Some(Stored {
        json: Bytes::from(sealed).slice(value),
        tags: tail.tags.into_iter().collect(),
    }))
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(json: &'static str, tags: &[(&str, &str)]) -> Stored {
        let tags = tags.iter();
        let tags = tags.map(|&(tag, stamp)| (tag.to_owned(), stamp.to_owned()));
        Stored {
            json: Bytes::from_static(json.as_bytes()),
            tags: tags.collect(),
        }
    }

    #[test]
    fn values_look_as_the_anchors_and_come_back_as_they_were() {
        let tagged = [("p:tag:x", "1"), ("p:tag:y", "2")];
        for (stored, expires, sealed) in [
            (stored("1", &[]), None, r#"{"value":1}"#),
            (
                stored("null", &[]),
                Some(5),
                r#"{"value":null,"expires":5}"#,
            ),
            (
                stored(r#"{"a":"}"}"#, &tagged),
                Some(5),
                r#"{"value":{"a":"}"},"expires":5,"tags":{"p:tag:x":"1","p:tag:y":"2"}}"#,
            ),
            (
                stored("18446744073709551616.00", &[]),
                None,
                r#"{"value":18446744073709551616.00}"#,
            ),
        ] {
            let written = seal(&stored, expires);
            assert_eq!(String::from_utf8_lossy(&written), sealed);
            assert_eq!(open(written, 4), Ok(Some(stored)));
        }
    }

    #[test]
    fn what_node_wrote_is_read_and_its_time_respected() {
        let written = br#"{"value":"tea","expires":1700000000000}"#.to_vec();
        assert_eq!(open(written.clone(), 0), Ok(Some(stored("\"tea\"", &[]))));
        assert_eq!(open(written, 1_700_000_000_000), Ok(None));
        let without = br#"{"value":"tea","expires":null}"#.to_vec();
        assert_eq!(open(without, 1), Ok(Some(stored("\"tea\"", &[]))));
    }

    #[test]
    fn counters_are_digits_and_all_else_is_refused() {
        assert_eq!(open(b"-12".to_vec(), 0), Ok(Some(stored("-12", &[]))));
        for foreign in [
            "",
            "-",
            "tea",
            "{}",
            "{\"value\":",
            "{\"value\":1",
            "{\"value\":1}x",
            "\u{fffd}",
            "{\"value\":1,}",
        ] {
            assert!(open(foreign.as_bytes().to_vec(), 0).is_err(), "{foreign}");
        }
    }
}
