//! Origins that are allowed, as globs: `https://*.example.com`, `http://localhost:*`.
//!
//! `*` stands for any part without a slash, case does not matter: like the anchor's patterns, but without
//! groups in braces and negations, which are refused rather than never matching.

use glob::{MatchOptions, Pattern};
use http::HeaderValue;

/// Whom the configuration allows.
#[derive(Clone, Debug)]
pub(super) enum Origins {
    /// Everybody, who is then not told apart.
    Any,
    /// Those that match one of these.
    Matching(Vec<Pattern>),
}

/// Reads one pattern; the error says what is wrong with it.
pub(super) fn pattern(text: &str) -> Result<Pattern, String> {
    if text.contains(['{', '}']) || text.starts_with('!') {
        return Err(format!(
            "`{text}` has a group in braces or a negation: write each origin as an entry of its own"
        ));
    }
    Pattern::new(text).map_err(|error| format!("`{text}` cannot be read: {}", error.msg))
}

/// Whether an origin matches one of the patterns.
pub(super) fn any(patterns: &[Pattern], origin: &HeaderValue) -> bool {
    let options = MatchOptions {
        case_sensitive: false,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    patterns
        .iter()
        .any(|pattern| pattern.matches_with(origin, options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_within_their_part() {
        let patterns: Vec<_> = [
            "http://localhost:3000",
            "https://*.example.com",
            "http://127.0.0.1:*",
        ]
        .map(|text| pattern(text).expect("the pattern is well formed"))
        .into();
        for (origin, allowed) in [
            ("http://localhost:3000", true),
            ("HTTP://LOCALHOST:3000", true),
            ("http://localhost:3001", false),
            ("http://localhost:30001", false),
            ("https://a.example.com", true),
            ("https://a.b.example.com", true),
            ("https://example.com", false),
            ("https://a.example.com.evil.example", false),
            ("https://evil.example/.example.com", false),
            ("http://127.0.0.1:1", true),
            ("null", false),
            ("", false),
        ] {
            let value = HeaderValue::try_from(origin).expect("a valid value");
            assert_eq!(any(&patterns, &value), allowed, "{origin}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in [
            "http://{a,b}.example",
            "!http://a.example",
            "http://[a",
            "http://a***",
        ] {
            let refused = pattern(text).expect_err("the pattern is malformed");
            assert!(refused.contains(text), "{refused}");
        }
    }
}
