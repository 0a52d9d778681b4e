//! The header Content-Security-Policy: the anchor's directives, changed by `backend.csp`.

use serde_json::{Map, Value};

/// helmet's defaults with the anchor's `'unsafe-eval'`, in the order in which they are sent.
const DEFAULTS: [(&str, &str); 10] = [
    ("default-src", "'self'"),
    ("base-uri", "'self'"),
    ("font-src", "'self' https: data:"),
    ("frame-ancestors", "'self'"),
    ("img-src", "'self' data:"),
    ("object-src", "'none'"),
    ("script-src", "'self' 'unsafe-eval'"),
    ("script-src-attr", "'none'"),
    ("style-src", "'self' https: 'unsafe-inline'"),
    ("upgrade-insecure-requests", ""),
];

/// A directive's value is neither a list of texts nor `false`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadDirective {
    /// The key as configured.
    pub(super) key: String,
}

/// The header's value. A configured directive replaces a default in its place, `false` removes one, new
/// ones come last. Keys may be written in camel case.
pub(super) fn policy(configured: &Map<String, Value>) -> Result<String, BadDirective> {
    let mut directives: Vec<(String, String)> = DEFAULTS
        .map(|(name, sources)| (name.to_owned(), sources.to_owned()))
        .into();
    for (key, value) in configured {
        let name = kebab_case(key);
        let place = directives
            .iter()
            .position(|(existing, _)| *existing == name);
        match (sources(value), place) {
            (None, _) => return Err(BadDirective { key: key.clone() }),
            (Some(Sources::Off), Some(place)) => drop(directives.remove(place)),
            (Some(Sources::Off), None) => {}
            (Some(Sources::List(list)), Some(place)) => directives[place].1 = list,
            (Some(Sources::List(list)), None) => directives.push((name, list)),
        }
    }
    let written = directives
        .into_iter()
        .map(|(name, sources)| match sources.as_str() {
            "" => name,
            sources => format!("{name} {sources}"),
        });
    Ok(written.collect::<Vec<_>>().join(";"))
}

enum Sources {
    Off,
    List(String),
}

fn sources(value: &Value) -> Option<Sources> {
    match value {
        Value::Bool(false) => Some(Sources::Off),
        Value::String(source) => Some(Sources::List(source.clone())),
        Value::Array(list) => {
            let list: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            list.map(|list| Sources::List(list.join(" ")))
        }
        _ => None,
    }
}

fn kebab_case(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(configured: &Value) -> Result<String, BadDirective> {
        policy(configured.as_object().expect("the test gives an object"))
    }

    #[test]
    fn the_defaults_are_the_anchors() {
        let expected = "default-src 'self';base-uri 'self';font-src 'self' https: data:;frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self' 'unsafe-eval';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';upgrade-insecure-requests";
        assert_eq!(written(&json!({})).as_deref(), Ok(expected));
    }

    #[test]
    fn directives_are_replaced_in_place_removed_and_appended() {
        let configured = json!({
            "upgrade-insecure-requests": false,
            "scriptSrc": ["'self'"],
            "img-src": ["'self'", "https://img.example"],
            "connect-src": ["'self'", "http:", "https:"],
        });
        let expected = "default-src 'self';base-uri 'self';font-src 'self' https: data:;frame-ancestors 'self';img-src 'self' https://img.example;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline';connect-src 'self' http: https:";
        assert_eq!(written(&configured).as_deref(), Ok(expected));
    }

    #[test]
    fn other_values_are_refused() {
        for value in [json!(true), json!(7), json!([1]), json!({})] {
            let refused = written(&json!({ "img-src": value }));
            assert_eq!(
                refused,
                Err(BadDirective {
                    key: "img-src".to_owned()
                })
            );
        }
    }
}
