//! The barrier: who may pass to a plugin's routes.
//!
//! Two questions, kept apart. [`Barrier::access`] says what a path asks of its caller; that is all that
//! policies decide. [`Barrier::admit`] says whether this request has it, and asks the plugin's
//! [`HttpAuth`], which alone knows tokens and cookies. Under an open path nobody looks at credentials;
//! a handler that does gets its own answer from the service. What was found out goes along with the request, as
//! [`RequestAuth`], so that a handler that asks again costs nothing.
//!
//! Secure by default: what no policy names requires credentials, and an unknown path looks to an
//! anonymous caller like one that exists.

use std::sync::Arc;

use axum::extract::Request;

use super::pattern::Pattern;
use super::policy::Allow;
use super::settings::DefaultPolicy;
use crate::http_auth::{Allow as Callers, HttpAuth, RequestAuth};
use crate::http_error::HttpError;

/// What a path asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nothing.
    Open,
    /// Credentials, which for a user may be the cookie.
    UserCookie,
    /// Credentials in the header `Authorization`.
    Credentials,
}

/// The policies of a plugin, as they are when it has started.
pub(super) struct Barrier {
    default: DefaultPolicy,
    http_auth: HttpAuth,
    open: Vec<Pattern>,
    user_cookie: Vec<Pattern>,
}

impl Barrier {
    /// Without any policy.
    pub(super) fn new(default: DefaultPolicy, http_auth: HttpAuth) -> Self {
        Self {
            default,
            http_auth,
            open: Vec::new(),
            user_cookie: Vec::new(),
        }
    }

    /// Adds a policy.
    pub(super) fn add(&mut self, pattern: Pattern, allow: Allow) {
        match allow {
            Allow::Unauthenticated => self.open.push(pattern),
            Allow::UserCookie => self.user_cookie.push(pattern),
        }
    }

    /// What the path, as sent and relative to the plugin, asks of its caller. Open beats cookie.
    pub(super) fn access(&self, path: &str) -> Access {
        if self.default == DefaultPolicy::Disabled || any(&self.open, path) {
            Access::Open
        } else if any(&self.user_cookie, path) {
            Access::UserCookie
        } else {
            Access::Credentials
        }
    }

    /// Lets a request pass, or refuses it.
    pub(super) async fn admit(&self, mut request: Request) -> Result<Request, HttpError> {
        // Handlers ask again; also under an open path.
        let auth = RequestAuth::new(Arc::clone(&self.http_auth));
        request.extensions_mut().insert(auth);
        let callers = match self.access(request.uri().path()) {
            Access::Open => return Ok(request),
            Access::UserCookie => KNOWN.with_limited_access(),
            Access::Credentials => KNOWN,
        };
        let (parts, body) = request.into_parts();
        RequestAuth::admit(&self.http_auth, &parts, callers).await?;
        Ok(Request::from_parts(parts, body))
    }
}

/// Who passes by credentials.
const KNOWN: Callers = Callers::USER.or(Callers::SERVICE);

fn any(patterns: &[Pattern], path: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_router::tests::nobody;

    fn barrier(default: DefaultPolicy) -> Barrier {
        let mut barrier = Barrier::new(default, nobody());
        for (path, allow) in [
            ("/cookie", Allow::UserCookie),
            ("/cookie/open", Allow::Unauthenticated),
            ("/health", Allow::Unauthenticated),
        ] {
            barrier.add(
                Pattern::parse(path).expect("the pattern is well formed"),
                allow,
            );
        }
        barrier
    }

    #[test]
    fn closed_by_default_and_open_beats_cookie() {
        let barrier = barrier(DefaultPolicy::Enforced);
        for (path, access) in [
            ("/health", Access::Open),
            ("/cookie/me", Access::UserCookie),
            ("/cookies", Access::Credentials),
            ("/cookie/open", Access::Open),
            ("/private", Access::Credentials),
            ("/", Access::Credentials),
        ] {
            assert_eq!(barrier.access(path), access, "{path}");
        }
    }

    #[test]
    fn taken_down_it_opens_everything() {
        let barrier = barrier(DefaultPolicy::Disabled);
        for path in ["/", "/private", "/cookie/me"] {
            assert_eq!(barrier.access(path), Access::Open, "{path}");
        }
    }
}
