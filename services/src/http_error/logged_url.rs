//! The address of a request as a log may have it.
//!
//! An address is no place for a credential, but the standards put one there: a browser comes back from an identity
//! provider with `?code=…`. Who reads a log must not find what lets somebody in.

use std::borrow::Cow;

/// The parameters whose values are left out, in any case.
const HIDDEN: [&str; 7] = [
    "access_token",
    "client_secret",
    "code",
    "id_token",
    "password",
    "refresh_token",
    "token",
];

/// The path and the query, with `…` for each value that could be a credential.
pub(crate) fn logged_url(url: &str) -> Cow<'_, str> {
    let Some((path, query)) = url.split_once('?') else {
        return Cow::Borrowed(url);
    };
    if !query.split('&').any(|part| hidden(part).is_some()) {
        return Cow::Borrowed(url);
    }
    let mut logged = String::with_capacity(url.len());
    logged.push_str(path);
    for (index, part) in query.split('&').enumerate() {
        logged.push(if index == 0 { '?' } else { '&' });
        match hidden(part) {
            Some(name) => {
                logged.push_str(name);
                logged.push_str("=…");
            }
            None => logged.push_str(part),
        }
    }
    Cow::Owned(logged)
}

/// The name of a parameter whose value is left out.
fn hidden(part: &str) -> Option<&str> {
    let (name, _) = part.split_once('=')?;
    let mut all = HIDDEN.iter();
    all.any(|hidden| name.eq_ignore_ascii_case(hidden))
        .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_credential_is_left_out() {
        for (url, logged) in [
            ("/a", "/a"),
            ("/a?b=c&code", "/a?b=c&code"),
            ("/a?barcode=1&state=2", "/a?barcode=1&state=2"),
            ("/a?code=x&state=2", "/a?code=…&state=2"),
            ("/a?b&Token=x=y&code=", "/a?b&Token=…&code=…"),
            ("?access_token=x", "?access_token=…"),
        ] {
            assert_eq!(logged_url(url), logged);
        }
    }
}
