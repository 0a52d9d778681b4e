//! The id by which the lines of one request find together.
//!
//! A caller's own id is taken over if it is short and plain, for it ends up in log lines; anything else
//! is replaced. The id is no secret and no proof, so a fast generator will do.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries the id.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LENGTH: usize = 128;

/// The id of a request: the caller's `x-request-id` (1 to 128 visible ASCII characters), else 32
/// hexadecimal digits. Handlers find it in the request's extensions; its text is its `Display`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Repr);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Repr {
    Given(HeaderValue),
    // Kept as a number, because most requests never need the text.
    Fresh(u128),
}

impl RequestId {
    /// The id of the request with these headers, and whether the caller had sent one.
    pub(super) fn of(headers: &HeaderMap) -> (Self, Sent) {
        match headers.get(&REQUEST_ID) {
            Some(value) if acceptable(value) => (Self(Repr::Given(value.clone())), Sent::Yes),
            Some(_) => (Self(Repr::Fresh(fastrand::u128(..))), Sent::Yes),
            None => (Self(Repr::Fresh(fastrand::u128(..))), Sent::No),
        }
    }

    /// Tells the id to a caller who had sent one, even if that one was refused.
    pub(super) fn echo(&self, sent: Sent, headers: &mut HeaderMap) {
        if sent == Sent::No {
            return;
        }
        headers.insert(REQUEST_ID, self.to_header());
    }

    /// The id as the value of a header.
    pub(super) fn to_header(&self) -> HeaderValue {
        match &self.0 {
            Repr::Given(value) => value.clone(),
            Repr::Fresh(_) => HeaderValue::try_from(self.to_string())
                .expect("hexadecimal digits are a valid header value"),
        }
    }
}

/// Whether a request carried an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The header was there.
    Yes,
    /// It was not.
    No,
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Given(value) => formatter.write_str(value.to_str().unwrap_or_default()),
            Repr::Fresh(number) => write!(formatter, "{number:032x}"),
        }
    }
}

fn acceptable(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &[u8]) -> HeaderMap {
        let value = HeaderValue::from_bytes(value).expect("a valid header value");
        HeaderMap::from_iter([(REQUEST_ID, value)])
    }

    #[test]
    fn a_plain_id_is_taken_over_and_any_other_replaced() {
        let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
        let table: [(&[u8], bool); 6] = [
            (b"abc-1", true),
            (longest.as_bytes(), true),
            (too_long.as_bytes(), false),
            (b"", false),
            (b"two words", false),
            (b"\xc3\xa9", false),
        ];
        for (value, kept) in table {
            let id = RequestId::of(&headers(value)).0.to_string();
            assert_eq!(id.as_bytes() == value, kept, "{value:?}");
            assert_eq!(id.len() == 32, !kept, "{value:?}");
        }
    }

    #[test]
    fn it_is_told_only_to_a_caller_who_sent_one() {
        for (sent, expected) in [
            (HeaderMap::new(), 0),
            (headers(b"abc"), 1),
            (headers(b""), 1),
        ] {
            let mut answer = HeaderMap::new();
            let (id, carried) = RequestId::of(&sent);
            id.echo(carried, &mut answer);
            assert_eq!(answer.len(), expected);
        }
    }
}
