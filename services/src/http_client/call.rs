//! Which call an error is about, with nothing in it that is nobody's business.
//!
//! URLs carry secrets in two places, the user's part and the values of the query. Both go before the URL comes
//! near a message; the names in the query stay, because they tell one call from another.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use http::Method;
use url::Url;

/// A call as messages name it: the plugin, the method and the URL without credentials and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    plugin: Arc<str>,
    method: Method,
    url: String,
}

impl Call {
    /// The call of a plugin.
    #[must_use]
    pub fn new(plugin: &str, method: &Method, url: &Url) -> Self {
        Self::with_text(plugin, method, without_secrets(url))
    }

    /// A call whose URL cannot be read, so that nobody knows where in it a secret is.
    pub(super) fn unreadable(plugin: &str, method: &Method) -> Self {
        Self::with_text(plugin, method, "(a URL that cannot be read)".to_owned())
    }

    fn with_text(plugin: &str, method: &Method, url: String) -> Self {
        Self {
            plugin: plugin.into(),
            method: method.clone(),
            url,
        }
    }

    /// The plugin that called.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URL without credentials, fragment and values of the query, such as `https://host/path?name=…`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            plugin,
            method,
            url,
        } = self;
        write!(formatter, "plugin `{plugin}`: {method} {url}")
    }
}

/// The URL as it may be shown.
pub(super) fn without_secrets(url: &Url) -> String {
    let mut text = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        let _ = write!(text, ":{port}");
    }
    text.push_str(url.path());
    let parts = url.query().into_iter().flat_map(|query| query.split('&'));
    for (index, part) in parts.enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        // Without a `=` the part may be the secret itself.
        if let Some((name, _)) = part.split_once('=') {
            let _ = write!(text, "{name}=");
        }
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_values_and_fragments_are_left_out() {
        for (url, shown) in [
            ("https://api.test/", "https://api.test/"),
            ("http://me:hunter2@api.test:81/a", "http://api.test:81/a"),
            (
                "https://api.test/a?token=hunter2&page=2#hunter2",
                "https://api.test/a?token=…&page=…",
            ),
            ("https://api.test/a?hunter2", "https://api.test/a?…"),
        ] {
            let url = Url::parse(url).expect("a valid URL");
            assert_eq!(without_secrets(&url), shown);
        }
    }
}
