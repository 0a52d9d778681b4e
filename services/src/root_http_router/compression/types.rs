//! The content types that become shorter by compressing.

use http::HeaderValue;

/// Beside all of `text/…` and what ends in `+json`, `+text` or `+xml`.
const OTHERS: [&str; 20] = [
    "application/graphql",
    "application/javascript",
    "application/json",
    "application/rtf",
    "application/sql",
    "application/tar",
    "application/toml",
    "application/vnd.ms-fontobject",
    "application/wasm",
    "application/x-httpd-php",
    "application/x-javascript",
    "application/x-ndjson",
    "application/x-sh",
    "application/x-tar",
    "application/xml",
    "application/yaml",
    "font/otf",
    "font/ttf",
    "image/bmp",
    "image/x-icon",
];

/// Whether bodies of this type gain.
pub(super) fn gain(content_type: &HeaderValue) -> bool {
    let Ok(content_type) = content_type.to_str() else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let starts = |start: &str| {
        let head = essence.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let suffix = essence.rsplit_once('+').map(|(_, suffix)| suffix);
    let is_suffix =
        |wanted: &&str| suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(wanted));
    starts("text/")
        || OTHERS
            .iter()
            .any(|other| other.eq_ignore_ascii_case(essence))
        || ["json", "text", "xml"].iter().any(is_suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gains_and_images_do_not() {
        for (content_type, gains) in [
            ("application/json; charset=utf-8", true),
            ("text/html; charset=utf-8", true),
            ("Text/Plain", true),
            ("application/problem+json", true),
            ("image/svg+xml", true),
            ("image/png", false),
            ("application/octet-stream", false),
            ("application/zip", false),
            ("", false),
        ] {
            assert_eq!(
                gain(&HeaderValue::from_static(content_type)),
                gains,
                "{content_type}"
            );
        }
    }
}
