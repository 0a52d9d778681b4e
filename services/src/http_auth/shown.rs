//! Where a request shows its token: one place for the rule, so that no implementation reads more than another.

use http::{HeaderMap, header};

use crate::auth::TokenAccess;

/// The cookie that holds a user's limited token.
pub const USER_COOKIE: &str = "backstage-auth";

/// The token that a request shows: that of the header `Authorization: Bearer …`, else, where limited access is
/// allowed, that of the cookie [`USER_COOKIE`]. A header of another form shows nothing, as with Backstage; of
/// several headers the first counts. For services that implement [`HttpAuthService`](super::HttpAuthService).
#[must_use]
pub fn shown_token(headers: &HeaderMap, access: TokenAccess) -> Option<&str> {
    match access {
        TokenAccess::Full => bearer(headers),
        TokenAccess::Limited => bearer(headers).or_else(|| cookie(headers)),
    }
}

/// The token of the header `Authorization: Bearer …`. Anything else in that header is no token at all, and of two
/// headers the first counts.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let value = value.trim_matches([' ', '\t']);
    let scheme = value.get(.."Bearer".len())?;
    let rest = value.get("Bearer".len()..)?;
    let token = rest.trim_start_matches(' ');
    let is_bearer = scheme.eq_ignore_ascii_case("Bearer") && token.len() < rest.len();
    let is_one_word = !token.is_empty() && !token.contains(char::is_whitespace);
    (is_bearer && is_one_word).then_some(token)
}

/// The token of the cookie; of two cookies the first counts.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='));
    let mut tokens =
        pairs.filter_map(|(name, value)| (name.trim() == USER_COOKIE).then_some(value));
    let token = tokens.next()?.trim();
    let unquoted = token
        .strip_prefix('"')
        .and_then(|token| token.strip_suffix('"'));
    let token = unquoted.unwrap_or(token);
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn shown(lines: &[(HeaderName, &'static str)], access: TokenAccess) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        shown_token(&headers, access).map(str::to_owned)
    }

    #[test]
    fn a_bearer_token_is_one_word_after_the_scheme() {
        for (value, token) in [
            ("Bearer a", Some("a")),
            ("bEARER   a.b-c", Some("a.b-c")),
            ("Basic a", None),
            ("a", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearera", None),
            ("Bearer a ", Some("a")),
            ("Bearer a b", None),
            ("Bearer\ta", None),
            ("Bearer \ta", None),
            ("", None),
        ] {
            let found = shown(&[(header::AUTHORIZATION, value)], TokenAccess::Full);
            assert_eq!(found.as_deref(), token, "{value:?}");
        }
    }

    #[test]
    fn the_first_of_several_headers_counts() {
        let lines = [
            (header::AUTHORIZATION, "Basic a"),
            (header::AUTHORIZATION, "Bearer b"),
        ];
        assert_eq!(shown(&lines, TokenAccess::Full), None);
    }

    #[test]
    fn the_cookie_counts_where_limited_access_is_allowed_and_after_the_header() {
        let cookie = (header::COOKIE, "theme=dark; backstage-auth=a=b; c=d");
        let one = std::slice::from_ref(&cookie);
        assert_eq!(shown(one, TokenAccess::Full), None);
        assert_eq!(shown(one, TokenAccess::Limited).as_deref(), Some("a=b"));
        for (header, token) in [("Bearer x", "x"), ("Basic x", "a=b")] {
            let both = [cookie.clone(), (header::AUTHORIZATION, header)];
            assert_eq!(shown(&both, TokenAccess::Limited).as_deref(), Some(token));
        }
        let quoted = shown(
            &[(header::COOKIE, "backstage-auth=\"a\"")],
            TokenAccess::Limited,
        );
        assert_eq!(quoted.as_deref(), Some("a"));
        let two = [
            (header::COOKIE, "backstage-auth=a; backstage-auth=b"),
            (header::COOKIE, "backstage-auth=c"),
        ];
        assert_eq!(shown(&two, TokenAccess::Limited).as_deref(), Some("a"));
        for other in ["backstage-auth=", "xbackstage-auth=a", "backstage-auth"] {
            let found = shown(&[(header::COOKIE, other)], TokenAccess::Limited);
            assert_eq!(found, None, "{other}");
        }
    }
}
