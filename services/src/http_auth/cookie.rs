//! The cookie of a user, as a browser is told to keep it.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderValue, Uri};

use super::USER_COOKIE;
use crate::auth::{AuthError, Token, http_date};

/// Writes the cookie of users, with Backstage's attributes: it is sent to all of a backend's host, no script sees it,
/// and over HTTPS (as on `localhost`, which browsers trust like it) other sites may embed what it opens. For services
/// that implement [`HttpAuthService`](super::HttpAuthService).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCookie {
    domain: String,
    secure: bool,
}

impl UserCookie {
    /// For a backend with this base URL; one without a host counts as `localhost`.
    #[must_use]
    pub fn for_base_url(base_url: &Uri) -> Self {
        let domain = base_url.host().unwrap_or("localhost").to_owned();
        let secure = base_url.scheme_str() == Some("https") || domain == "localhost";
        Self { domain, secure }
    }

    /// The value of `Set-Cookie` that keeps this token until then.
    ///
    /// # Errors
    ///
    /// [`AuthError::Authentication`] for a token that cannot stand in a cookie.
    pub fn set(&self, token: &Token, until: SystemTime) -> Result<HeaderValue, AuthError> {
        let token = token.expose();
        let fits = |byte: u8| byte.is_ascii_graphic() && byte != b';';
        if token.is_empty() || !token.bytes().all(fits) {
            return Err(AuthError::authentication("Illegal token"));
        }
        Ok(self.write(token, until))
    }

    /// The value of `Set-Cookie` that takes the cookie away.
    #[must_use]
    pub fn clear(&self) -> HeaderValue {
        self.write("", UNIX_EPOCH)
    }

    fn write(&self, token: &str, until: SystemTime) -> HeaderValue {
        let until = http_date(until);
        let (secure, same_site) = if self.secure {
            (" Secure;", "None")
        } else {
            ("", "Lax")
        };
        let domain = &self.domain;
        let text = format!(
            "{USER_COOKIE}={token}; Domain={domain}; Path=/; Expires={until}; HttpOnly;{secure} Priority=High; \
             SameSite={same_site}"
        );
        let mut value = HeaderValue::try_from(text)
            .expect("a host, a date and a checked token are visible letters");
        value.set_sensitive(true);
        value
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cookie(base_url: &'static str) -> UserCookie {
        UserCookie::for_base_url(&Uri::from_static(base_url))
    }

    #[test]
    fn the_attributes_are_the_anchors() {
        let until = UNIX_EPOCH + Duration::from_secs(4_102_444_800);
        let token = Token::new("a.b.c");
        let start = "backstage-auth=a.b.c; Domain=";
        let date = "Expires=Fri, 01 Jan 2100 00:00:00 GMT; HttpOnly;";
        let plain = "Priority=High; SameSite=Lax";
        let secure = "Secure; Priority=High; SameSite=None";
        for (url, domain, rest) in [
            ("http://127.0.0.1:7007", "127.0.0.1", plain),
            ("http://localhost:7007", "localhost", secure),
            ("https://shop.test/base", "shop.test", secure),
        ] {
            let set = cookie(url).set(&token, until).expect("the token is one");
            let expected = format!("{start}{domain}; Path=/; {date} {rest}");
            assert_eq!(set.to_str().ok(), Some(&*expected));
            assert!(set.is_sensitive());
        }
        assert_eq!(
            cookie("http://127.0.0.1:7007").clear(),
            "backstage-auth=; Domain=127.0.0.1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; \
             Priority=High; SameSite=Lax"
        );
    }

    #[test]
    fn a_token_cannot_add_attributes() {
        for token in ["", "a; Domain=evil.test", "a b", "a\r\nb", "ä"] {
            let set = cookie("http://localhost").set(&Token::new(token), UNIX_EPOCH);
            assert!(set.is_err(), "{token:?}");
        }
    }
}
