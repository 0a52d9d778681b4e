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
use super::policy::{Allow, AuthPolicy};
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
    open: Vec<Policy>,
    user_cookie: Vec<Policy>,
}

/// A policy, ready to be asked.
pub(super) struct Policy {
    pub(super) pattern: Pattern,
    pub(super) written: AuthPolicy,
}

/// What a path asks of its caller, and the policy that says so; without one it is the default.
#[derive(Clone, Copy)]
pub(super) struct Decision<'a> {
    pub(super) access: Access,
    pub(super) by: Option<&'a AuthPolicy>,
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
    pub(super) fn add(&mut self, policy: Policy) {
        match policy.written.allow {
            Allow::Unauthenticated => self.open.push(policy),
            Allow::UserCookie => self.user_cookie.push(policy),
        }
    }

    /// What holds for a path without a policy.
    pub(super) fn default_policy(&self) -> DefaultPolicy {
        self.default
    }

    /// All policies; first those that count first.
    pub(super) fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.open.iter().chain(&self.user_cookie)
    }

    /// What the path, as sent and relative to the plugin, asks of its caller. Open beats cookie.
    pub(super) fn decide(&self, path: &str) -> Decision<'_> {
        let (access, by) = if self.default == DefaultPolicy::Disabled {
            (Access::Open, None)
        } else if let Some(policy) = first(&self.open, path) {
            (Access::Open, Some(policy))
        } else if let Some(policy) = first(&self.user_cookie, path) {
            (Access::UserCookie, Some(policy))
        } else {
            (Access::Credentials, None)
        };
        Decision { access, by }
    }

    /// Lets a request pass, or refuses it.
    pub(super) async fn admit(&self, mut request: Request) -> Result<Request, HttpError> {
        // Handlers ask again; also under an open path.
        let auth = RequestAuth::new(Arc::clone(&self.http_auth));
        request.extensions_mut().insert(auth);
        let callers = match self.decide(request.uri().path()).access {
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

fn first<'a>(policies: &'a [Policy], path: &str) -> Option<&'a AuthPolicy> {
    let mut policies = policies.iter();
    let matching = policies.find(|policy| policy.pattern.matches(path));
    matching.map(|policy| &policy.written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http_router::tests::nobody;

    fn barrier(default: DefaultPolicy) -> Barrier {
        let mut barrier = Barrier::new(default, nobody());
        for written in [
            AuthPolicy::user_cookie("/cookie"),
            AuthPolicy::unauthenticated("/cookie/open"),
            AuthPolicy::unauthenticated("/health"),
        ] {
            let pattern = Pattern::parse(&written.path).expect("the pattern is well formed");
            barrier.add(Policy { pattern, written });
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
            let decision = barrier.decide(path);
            assert_eq!(decision.access, access, "{path}");
            assert_eq!(
                decision.by.is_some(),
                access != Access::Credentials,
                "{path}"
            );
        }
    }

    #[test]
    fn taken_down_it_opens_everything() {
        let barrier = barrier(DefaultPolicy::Disabled);
        for path in ["/", "/private", "/cookie/me"] {
            assert_eq!(barrier.decide(path).access, Access::Open, "{path}");
        }
    }
}
