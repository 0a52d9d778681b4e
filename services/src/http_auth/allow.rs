//! Which callers a route lets in.

use crate::auth::{AuthError, Credentials, Principal, TokenAccess};

/// Which callers a route lets in.
///
/// ```
/// use greenroom_services::http_auth::Allow;
///
/// let people = Allow::USER;
/// let people_by_cookie_too = Allow::USER.with_limited_access();
/// let everybody_known = Allow::USER.or(Allow::SERVICE);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allow {
    none: bool,
    user: bool,
    service: bool,
    access: TokenAccess,
}

impl Allow {
    /// Users.
    pub const USER: Self = Self::kinds(false, true, false);
    /// Services.
    pub const SERVICE: Self = Self::kinds(false, false, true);
    /// Callers without credentials.
    pub const NONE: Self = Self::kinds(true, false, false);
    /// Everybody.
    pub const ANY: Self = Self::kinds(true, true, true);

    const fn kinds(none: bool, user: bool, service: bool) -> Self {
        Self {
            none,
            user,
            service,
            access: TokenAccess::Full,
        }
    }

    /// Those of the other too.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            none: self.none || other.none,
            user: self.user || other.user,
            service: self.service || other.service,
            access: match self.access {
                TokenAccess::Limited => TokenAccess::Limited,
                TokenAccess::Full => other.access,
            },
        }
    }

    /// Users with a limited token too, as cookies hold it.
    #[must_use]
    pub const fn with_limited_access(mut self) -> Self {
        self.access = TokenAccess::Limited;
        self
    }

    /// Which tokens of a user count.
    #[must_use]
    pub const fn token_access(self) -> TokenAccess {
        self.access
    }

    /// Lets these credentials pass, or says what is wrong with them: for services that implement
    /// [`HttpAuthService`](super::HttpAuthService).
    ///
    /// # Errors
    ///
    /// 401 for nobody where somebody is wanted, 403 for somebody of another kind, in the anchor's words.
    pub fn check(self, credentials: Credentials) -> Result<Credentials, AuthError> {
        let (allowed, kind) = match credentials.principal() {
            Principal::None if !self.none => {
                return Err(AuthError::authentication("Missing credentials"));
            }
            Principal::None => return Ok(credentials),
            Principal::User(_) => (self.user, "user"),
            Principal::Service(_) => (self.service, "service"),
        };
        if allowed {
            return Ok(credentials);
        }
        let message = format!("This endpoint does not allow '{kind}' credentials");
        Err(AuthError::not_allowed(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_passes_where_it_is_named() {
        let nobody = Credentials::none().into_any();
        let user = Credentials::user("user:default/jane").into_any();
        let service = Credentials::service("plugin:shop").into_any();
        let told = |allow: Allow, credentials: &Credentials| {
            let checked = allow.check(credentials.clone());
            checked.err().map(|error| error.to_string())
        };
        let both = Allow::USER.or(Allow::SERVICE);
        let no_user = "This endpoint does not allow 'user' credentials";
        let no_service = "This endpoint does not allow 'service' credentials";
        for (allow, of_nobody, of_user, of_service) in [
            (Allow::ANY, None, None, None),
            (both, Some("Missing credentials"), None, None),
            (Allow::NONE, None, Some(no_user), Some(no_service)),
            (
                Allow::USER,
                Some("Missing credentials"),
                None,
                Some(no_service),
            ),
            (
                Allow::SERVICE,
                Some("Missing credentials"),
                Some(no_user),
                None,
            ),
        ] {
            assert_eq!(told(allow, &nobody).as_deref(), of_nobody, "{allow:?}");
            assert_eq!(told(allow, &user).as_deref(), of_user, "{allow:?}");
            assert_eq!(told(allow, &service).as_deref(), of_service, "{allow:?}");
        }
    }

    #[test]
    fn limited_access_is_kept_by_or() {
        let limited = Allow::USER.with_limited_access();
        assert_eq!(
            limited.or(Allow::SERVICE).token_access(),
            TokenAccess::Limited
        );
        assert_eq!(
            Allow::SERVICE.or(limited).token_access(),
            TokenAccess::Limited
        );
        assert_eq!(Allow::ANY.token_access(), TokenAccess::Full);
    }
}
