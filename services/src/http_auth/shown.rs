//! Where a request shows its token: one place for the rule, so that no implementation reads more than another.

use http::{HeaderMap, header};

use crate::auth::TokenAccess;

/// The cookie that holds a user's limited token.
pub const USER_COOKIE: &str = "backstage-auth";

/// What ends a word in a header, as Backstage sees it: bytes as Latin-1, which has a space that does not break.
const SPACES: [u8; 3] = [b' ', b'\t', 0xa0];

/// In place of a token that is no text. No header can hold it, so it is the token of nobody: who shows something is
/// refused, and not taken for somebody who shows nothing.
const NO_TEXT: &str = "\0";

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
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.trim_ascii().split_at_checked("Bearer".len())?;
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    let token = &rest[spaces..];
    let is_bearer = scheme.eq_ignore_ascii_case(b"Bearer") && spaces > 0;
    // Without an early end it looks at many bytes at once.
    let has_space = |has, byte| has | SPACES.contains(byte);
    let is_one_word = !token.is_empty() && !token.iter().fold(false, has_space);
    (is_bearer && is_one_word).then(|| str::from_utf8(token).unwrap_or(NO_TEXT))
}

/// The token of the cookie; of two cookies the first counts.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).into_iter();
    // What another cookie holds need not be a text.
    let mut tokens = values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let end = pair.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (&pair[..end], &pair[end + 1..]);
            (name.trim_ascii() == USER_COOKIE.as_bytes()).then_some(value)
        });
    let token = str::from_utf8(tokens.next()?.trim_ascii()).unwrap_or(NO_TEXT);
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
        let lines = lines.iter();
        let lines: Vec<_> = lines
            .map(|(name, value)| (name.clone(), value.as_bytes()))
            .collect();
        shown_bytes(&lines, access)
    }

    fn shown_bytes(lines: &[(HeaderName, &[u8])], access: TokenAccess) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_bytes(value).expect("a header can hold it");
            headers.append(name, value);
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
    fn what_is_no_text_is_a_token_of_nobody() {
        for (value, token) in [
            (&b"Bearer \xff"[..], Some(NO_TEXT)),
            (b"Bearer a\xe9", Some(NO_TEXT)),
            (b"Bearer a\xa0b", None),
            (b"Basic \xff", None),
            (b"\xff\xff\xff\xff\xff\xff a", None),
        ] {
            let lines = [(header::AUTHORIZATION, value)];
            let found = shown_bytes(&lines, TokenAccess::Full);
            assert_eq!(found.as_deref(), token, "{value:?}");
        }
        assert!(HeaderValue::from_bytes(NO_TEXT.as_bytes()).is_err());
        let cookie = shown_bytes(
            &[(header::COOKIE, b"backstage-auth=\xff")],
            TokenAccess::Limited,
        );
        assert_eq!(cookie.as_deref(), Some(NO_TEXT));
    }

    #[test]
    fn another_cookie_may_hold_what_is_no_text() {
        for line in [
            &b"lang=\xc3\xbc; backstage-auth=a"[..],
            b"backstage-auth=a; lang=\xff",
            b"\xff=\xff;backstage-auth=a",
        ] {
            let found = shown_bytes(&[(header::COOKIE, line)], TokenAccess::Limited);
            assert_eq!(found.as_deref(), Some("a"), "{line:?}");
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
