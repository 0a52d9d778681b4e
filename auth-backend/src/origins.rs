//! From which origins people may sign in: that of the app, and those that the configuration adds.
//!
//! A token is posted to an origin, or a browser sent there. So an origin that is not allowed is refused before
//! anything else is looked at.

use glob::{MatchOptions, Pattern};
use url::Url;

/// The origins of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct AllowedOrigins {
    app: String,
    others: Vec<Pattern>,
}

impl AllowedOrigins {
    /// That of the app at this address, and those that match one of the patterns.
    pub(crate) fn new(app: String, others: Vec<Pattern>) -> Self {
        Self { app, others }
    }

    /// The origin of the app.
    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    /// Whether people may sign in from here.
    pub(crate) fn allow(&self, origin: &str) -> bool {
        let options = MatchOptions {
            case_sensitive: false,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let mut others = self.others.iter();
        origin == self.app || others.any(|pattern| pattern.matches_with(origin, options))
    }
}

/// The origin of an address: scheme, host and port. None if it is not one of the web.
pub(crate) fn origin_of(address: &str) -> Option<String> {
    let address = Url::parse(address).ok()?;
    if !matches!(address.scheme(), "http" | "https") || !address.has_host() {
        return None;
    }
    Some(address.origin().ascii_serialization())
}

/// Reads a pattern such as `https://*.example.com`; the error says what is wrong with it.
pub(crate) fn pattern(text: &str) -> Result<Pattern, String> {
    if text.contains(['{', '}']) || text.starts_with('!') {
        return Err(format!(
            "`{text}` has a group in braces or a negation: write each origin as an entry of its own"
        ));
    }
    Pattern::new(text).map_err(|error| format!("`{text}` cannot be read: {}", error.msg))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_and_what_matches_is_allowed() {
        let pattern = pattern("https://*.preview.test").expect("it is well formed");
        let origins = AllowedOrigins::new("https://portal.test".to_owned(), vec![pattern]);
        for (origin, allowed) in [
            ("https://portal.test", true),
            ("http://portal.test", false),
            ("https://portal.test:444", false),
            ("https://portal.test.evil.test", false),
            ("https://a.preview.test", true),
            ("https://evil.test/.preview.test", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(origins.allow(origin), allowed, "{origin}");
        }
    }

    #[test]
    fn an_address_has_an_origin_if_it_is_one_of_the_web() {
        for (address, origin) in [
            ("https://portal.test/a?b#c", Some("https://portal.test")),
            ("https://PORTAL.test:443", Some("https://portal.test")),
            ("http://localhost:3000/", Some("http://localhost:3000")),
            ("https://a@evil.test", Some("https://evil.test")),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("file:///etc/passwd", None),
            ("//evil.test", None),
            ("portal.test", None),
            ("", None),
        ] {
            assert_eq!(origin_of(address).as_deref(), origin, "{address}");
        }
    }
}
