//! `${VAR}` within a text.
//!
//! `${VAR}` is the variable's value, `${VAR:-fallback}` has a value for when it is not set or
//! empty, and `$${VAR}` is the text `${VAR}` itself. A variable that is not set takes the whole
//! value away, so that an optional setting needs no fallback. The result is always text; readers
//! turn it into a number.

use super::environment::Environment;

/// What became of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Substituted {
    /// There was nothing to replace.
    Plain,
    /// Only escapes were replaced, so nothing came from outside.
    Unescaped(String),
    /// Something came from the environment, or from a fallback beside it.
    Filled(String),
    /// This variable is not set, and there is no fallback.
    Unset(String),
}

/// Replaces every variable of `text`.
pub(super) fn substitute(text: &str, environment: &Environment) -> Substituted {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let (mut escaped, mut filled) = (false, false);
    while let Some(found) = next(rest) {
        out.push_str(found.before);
        rest = found.after;
        if found.escaped {
            escaped = true;
            out.push_str(&found.braced[1..]);
            continue;
        }
        let inner = &found.braced[2..found.braced.len() - 1];
        let (name, fallback) = match inner.split_once(":-") {
            Some((name, fallback)) => (name.trim(), Some(fallback.trim())),
            None => (inner.trim(), None),
        };
        let value = match fallback {
            Some(fallback) => environment
                .non_empty(name)
                .or(Some(fallback).filter(|fallback| !fallback.is_empty())),
            None => environment.variable(name).map(str::trim),
        };
        let Some(value) = value else {
            return Substituted::Unset(name.to_owned());
        };
        filled = true;
        out.push_str(value);
    }
    out.push_str(rest);
    match (filled, escaped) {
        (true, _) => Substituted::Filled(out),
        (false, true) => Substituted::Unescaped(out),
        (false, false) => Substituted::Plain,
    }
}

struct Found<'a> {
    before: &'a str,
    /// `${…}` or `$${…}`, whole.
    braced: &'a str,
    after: &'a str,
    escaped: bool,
}

/// The next `${…}` without braces inside; an unclosed one is plain text.
fn next(text: &str) -> Option<Found<'_>> {
    let mut from = 0;
    loop {
        let open = from + text[from..].find("${")?;
        let inner = open + 2;
        let length = text[inner..].find(['{', '}'])?;
        if text[inner + length..].starts_with('{') {
            // `${ … {` closes nothing: what follows the first brace may begin anew.
            from = inner;
            continue;
        }
        let escaped = text[..open].ends_with('$');
        let start = if escaped { open - 1 } else { open };
        let end = inner + length + 1;
        return Some(Found {
            before: &text[..start],
            braced: &text[start..end],
            after: &text[end..],
            escaped,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Substituted {
        let environment = Environment::new("/")
            .with_variable("HOST", " db.local\n")
            .with_variable("EMPTY", "")
            .with_variable("PORT", "5432");
        substitute(text, &environment)
    }

    fn filled(text: &str) -> Substituted {
        Substituted::Filled(text.to_owned())
    }

    #[test]
    fn variables_are_replaced_and_trimmed() {
        assert_eq!(of("plain $HOST {HOST} $"), Substituted::Plain);
        assert_eq!(of("${HOST}"), filled("db.local"));
        assert_eq!(
            of("tcp://${ HOST }:${PORT}/x"),
            filled("tcp://db.local:5432/x")
        );
        assert_eq!(of("é${PORT}é"), filled("é5432é"));
    }

    #[test]
    fn unset_takes_the_value_away_and_empty_does_not() {
        assert_eq!(of("a${NONE}b${HOST}"), Substituted::Unset("NONE".into()));
        assert_eq!(of("${EMPTY}"), filled(""));
    }

    #[test]
    fn fallbacks_stand_in_for_unset_and_empty() {
        assert_eq!(of("${NONE:-x}"), filled("x"));
        assert_eq!(of("${EMPTY:- http://x:1 }"), filled("http://x:1"));
        assert_eq!(of("${PORT:-1}"), filled("5432"));
        assert_eq!(of("${NONE:-}"), Substituted::Unset("NONE".into()));
    }

    #[test]
    fn escapes_and_unclosed_ones_stay() {
        assert_eq!(of("$${HOST}"), Substituted::Unescaped("${HOST}".into()));
        assert_eq!(of("$${HOST} ${PORT}"), filled("${HOST} 5432"));
        assert_eq!(of("${HOST"), Substituted::Plain);
        assert_eq!(of("${a{b}"), Substituted::Plain);
        assert_eq!(of("${a ${PORT}"), filled("${a 5432"));
    }
}
