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

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let is_one_word = !token.is_empty() && !token.contains([' ', '\t']);
    (scheme.eq_ignore_ascii_case("bearer") && is_one_word).then_some(token)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut values = pairs.filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == USER_COOKIE).then(|| value.trim())
    });
    values.next().filter(|value| !value.is_empty())
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
        for other in ["backstage-auth=", "xbackstage-auth=a", "backstage-auth"] {
            let found = shown(&[(header::COOKIE, other)], TokenAccess::Limited);
            assert_eq!(found, None, "{other}");
        }
    }
}
