//! The header `Vary`, to which several steps add: one line, no name twice.

use http::{HeaderMap, HeaderValue, header};

/// Adds the name of a request header on which the answer depends.
pub(super) fn add(headers: &mut HeaderMap, name: &'static str) {
    let mut written = headers.get_all(header::VARY).iter();
    let Some(first) = written.next() else {
        headers.insert(header::VARY, HeaderValue::from_static(name));
        return;
    };
    let mut joined = first.as_bytes().to_vec();
    for more in written {
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(more.as_bytes());
    }
    let present = joined.split(|byte| *byte == b',').any(|part| {
        let part = part.trim_ascii();
        part == b"*" || part.eq_ignore_ascii_case(name.as_bytes())
    });
    if !present {
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(name.as_bytes());
    }
    // Parts of valid values, with a comma between them, are a valid value.
    if let Ok(value) = HeaderValue::from_bytes(&joined) {
        headers.insert(header::VARY, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_and_not_repeated() {
        let table: [(&[&'static str], &str); 6] = [
            (&[], "Origin"),
            (&["Accept"], "Accept, Origin"),
            (&["Accept", "Cookie"], "Accept, Cookie, Origin"),
            (&["accept, origin"], "accept, origin"),
            (&["*"], "*"),
            (&["X-Origin"], "X-Origin, Origin"),
        ];
        for (before, after) in table {
            let mut headers = HeaderMap::new();
            for value in before {
                headers.append(header::VARY, HeaderValue::from_static(value));
            }
            add(&mut headers, "Origin");
            let values: Vec<_> = headers.get_all(header::VARY).iter().collect();
            assert_eq!(values, [after], "{before:?}");
        }
    }
}
