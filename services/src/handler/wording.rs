//! What is wrong with a value, in words that do not repeat it.
//!
//! serde's messages have the form ``invalid type: string "hunter2", expected u32``. The place and what is wanted
//! there help; the value is known to whoever sent it, and is nobody else's business.

use crate::http_error::HttpError;

/// Messages with a value between these and `, expected `.
const WITH_VALUE: [&str; 3] = ["invalid type: ", "invalid value: ", "unknown variant "];

/// Where the request has names that are as long as it likes.
const LONGEST: usize = 200;

/// 400 `InputError` for a part of the request.
pub(super) fn refusal(part: &str, path: &str, words: &str) -> HttpError {
    let words = shortened(without_value(words));
    let message = match path {
        "" | "." => format!("invalid {part}: {words}"),
        _ => format!("invalid {part}: `{}`: {words}", shortened(path)),
    };
    HttpError::input(message)
}

fn without_value(words: &str) -> &str {
    if !WITH_VALUE.iter().any(|start| words.starts_with(start)) {
        return words;
    }
    match words.rfind(", expected ") {
        Some(at) => &words[at + 2..],
        None => "not what is expected",
    }
}

/// The beginning of a text that may be long.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_and_the_wish_are_told_and_the_value_is_not() {
        for (path, words, message) in [
            (
                "items[0].price",
                r#"invalid type: string "hunter2", expected u32"#,
                "invalid body: `items[0].price`: expected u32",
            ),
            (
                ".",
                "missing field `title`",
                "invalid body: missing field `title`",
            ),
            (
                "kind",
                "unknown variant `hunter2, expected `, expected `a` or `b`",
                "invalid body: `kind`: expected `a` or `b`",
            ),
            (
                "kind",
                "unknown variant `hunter2`, there are no variants",
                "invalid body: `kind`: not what is expected",
            ),
        ] {
            assert_eq!(refusal("body", path, words).message(), message);
        }
        assert_eq!(shortened(&"ü".repeat(201)), format!("{}…", "ü".repeat(200)));
    }
}
