//! What a request of a test shows of its caller.

use greenroom::auth::{Token, TokenAccess};
use greenroom::http_auth::USER_COOKIE;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};

use super::{Kind, MockCredentials};

/// What a request shows of its caller: a token in the header `Authorization`, or in the cookie.
///
/// It comes from [`MockCredentials`], or from a [`Token`] that an auth service has issued, which goes into the header.
#[derive(Clone, Debug)]
pub struct RequestCredentials {
    place: Place,
    token: Token,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Header,
    Cookie,
}

impl RequestCredentials {
    pub(super) fn header(token: String) -> Self {
        Self::from(Token::new(token))
    }

    pub(super) fn cookie(token: String) -> Self {
        Self {
            place: Place::Cookie,
            token: Token::new(token),
        }
    }

    /// The token, where it counts.
    pub(crate) fn token(&self, access: TokenAccess) -> Option<&str> {
        match (self.place, access) {
            (Place::Cookie, TokenAccess::Full) => None,
            _ => Some(self.token.expose()),
        }
    }

    /// Puts them into the headers of a request, in place of others; other cookies stay.
    ///
    /// # Panics
    ///
    /// When the token cannot stand in a header.
    #[track_caller]
    pub(crate) fn put(&self, headers: &mut HeaderMap) {
        headers.remove(AUTHORIZATION);
        let mut cookies = other_cookies(headers);
        let token = self.token.expose();
        match self.place {
            Place::Header => {
                headers.insert(AUTHORIZATION, hidden(&format!("Bearer {token}")));
            }
            Place::Cookie => cookies.push(format!("{USER_COOKIE}={token}")),
        }
        headers.remove(COOKIE);
        if !cookies.is_empty() {
            headers.insert(COOKIE, hidden(&cookies.join("; ")));
        }
    }
}

fn other_cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter();
    let lines: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    let pairs = lines.iter().flat_map(|line| line.split(';')).map(str::trim);
    let others = pairs.filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default().trim();
        !pair.is_empty() && name != USER_COOKIE
    });
    others.map(str::to_owned).collect()
}

#[track_caller]
fn hidden(value: &str) -> HeaderValue {
    // The error does not show the value.
    let value = HeaderValue::try_from(value);
    let mut value =
        value.unwrap_or_else(|error| panic!("the token cannot stand in a header: {error}"));
    value.set_sensitive(true);
    value
}

impl<K: Kind> From<MockCredentials<K>> for RequestCredentials {
    fn from(credentials: MockCredentials<K>) -> Self {
        Self::from(&credentials)
    }
}

impl<K: Kind> From<&MockCredentials<K>> for RequestCredentials {
    fn from(credentials: &MockCredentials<K>) -> Self {
        K::shown(credentials.token())
    }
}

impl From<Token> for RequestCredentials {
    fn from(token: Token) -> Self {
        Self {
            place: Place::Header,
            token,
        }
    }
}
