//! What a request carries of authentication while a plugin answers it, so that its token is verified once.
//!
//! A result is kept with the access that it was verified for. What passed with a limited token, in a cookie for
//! example, says nothing to those who want a full one: for them the service is asked again. A full token is good
//! for both, because the header `Authorization` comes before the cookie.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;

use super::{Allow, HttpAuth};
use crate::auth::{AuthError, Credentials, Principal, TokenAccess};
use crate::http_error::HttpError;

/// The extension of a request by which its handlers find the plugin's [`HttpAuth`]. The plugin's HTTP router puts it
/// there; a router outside a plugin needs `axum::Extension(RequestAuth::new(…))` as a layer.
#[derive(Clone)]
pub struct RequestAuth {
    http_auth: HttpAuth,
    full: Option<Credentials>,
    limited: Option<Credentials>,
}

impl RequestAuth {
    /// For a request of which nothing is known yet.
    #[must_use]
    pub fn new(http_auth: HttpAuth) -> Self {
        Self {
            http_auth,
            full: None,
            limited: None,
        }
    }

    /// Lets a request pass that has such credentials, and keeps them.
    pub(crate) async fn admit(&mut self, request: &Parts, allow: Allow) -> Result<(), AuthError> {
        let found = self.http_auth.credentials(request, allow).await?;
        self.keep(allow.token_access(), found);
        Ok(())
    }

    /// The credentials of a request, of whatever kind.
    pub(super) async fn credentials(
        request: &mut Parts,
        access: TokenAccess,
    ) -> Result<Credentials, HttpError> {
        let auth = request.extensions.get::<Self>().ok_or_else(missing)?;
        if let Some(known) = auth.known(access) {
            return Ok(known.clone());
        }
        let http_auth = Arc::clone(&auth.http_auth);
        let allow = match access {
            TokenAccess::Full => Allow::ANY,
            TokenAccess::Limited => Allow::ANY.with_limited_access(),
        };
        let found = http_auth.credentials(request, allow).await?;
        if let Some(auth) = request.extensions.get_mut::<Self>() {
            auth.keep(access, found.clone());
        }
        Ok(found)
    }

    fn known(&self, access: TokenAccess) -> Option<&Credentials> {
        // Nobody in the header may still be somebody in the cookie.
        let full = self.full.as_ref();
        let somebody = full.filter(|full| *full.principal() != Principal::None);
        match access {
            TokenAccess::Full => full,
            TokenAccess::Limited => self.limited.as_ref().or(somebody),
        }
    }

    fn keep(&mut self, access: TokenAccess, found: Credentials) {
        match access {
            TokenAccess::Full => self.full = Some(found),
            TokenAccess::Limited => self.limited = Some(found),
        }
    }
}

impl fmt::Debug for RequestAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestAuth")
            .field("full", &self.full)
            .field("limited", &self.limited)
            .finish_non_exhaustive()
    }
}

/// The message is for whoever writes the router, and says nothing of the request: a client may read it.
fn missing() -> HttpError {
    let message = "A handler asks for credentials, and its request carries no `RequestAuth`: mount the router \
                   with `core.httpRouter` of a backend that lists a factory of `core.httpAuth`; in a test of a bare \
                   router add `.layer(mock_credentials::user(\"user:default/jane\").layer())` of \
                   `greenroom-test-kit`";
    HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", message)
}
