//! What a request carries of authentication while a plugin answers it.
//!
//! The barrier puts it there, and the extractors ask it. What one of them has found out the others need not ask for
//! again; see [`memo`](super::memo).

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use http::request::Parts;

use super::memo::CredentialsMemo;
use super::{Allow, HttpAuth};
use crate::auth::{AuthError, Credentials, TokenAccess};
use crate::http_error::HttpError;

/// The extension of a request by which its handlers find the plugin's [`HttpAuth`]. The plugin's HTTP router puts it
/// there; a router outside a plugin needs `axum::Extension(RequestAuth::new(…))` as a layer.
///
/// It remembers whose the request is. A clone is for another request, and remembers nothing.
pub struct RequestAuth {
    http_auth: HttpAuth,
    memo: CredentialsMemo,
}

impl RequestAuth {
    /// For a request of which nothing is known yet.
    #[must_use]
    pub fn new(http_auth: HttpAuth) -> Self {
        Self {
            http_auth,
            memo: CredentialsMemo::default(),
        }
    }

    /// Lets a request pass that has such credentials, and remembers them where the request carries this.
    pub(crate) async fn admit(
        http_auth: &HttpAuth,
        request: &Parts,
        allow: Allow,
    ) -> Result<(), AuthError> {
        let found = http_auth.credentials(request, allow).await?;
        if let Some(memo) = Self::memo(request) {
            memo.keep(allow.token_access(), &found);
        }
        Ok(())
    }

    /// What is remembered of a request.
    pub(super) fn memo(request: &Parts) -> Option<&CredentialsMemo> {
        let auth = request.extensions.get::<Self>();
        auth.map(|auth| &auth.memo)
    }

    /// The credentials of a request, of whatever kind.
    pub(super) async fn credentials(
        request: &Parts,
        access: TokenAccess,
    ) -> Result<Credentials, HttpError> {
        let auth = request.extensions.get::<Self>().ok_or_else(missing)?;
        if let Some(known) = auth.memo.known(access) {
            return Ok(known.clone());
        }
        let allow = match access {
            TokenAccess::Full => Allow::ANY,
            TokenAccess::Limited => Allow::ANY.with_limited_access(),
        };
        let found = auth.http_auth.credentials(request, allow).await?;
        auth.memo.keep(access, &found);
        Ok(found)
    }
}

impl Clone for RequestAuth {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.http_auth))
    }
}

impl fmt::Debug for RequestAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestAuth")
            .field("memo", &self.memo)
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
