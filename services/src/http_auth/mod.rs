//! `core.httpAuth`: the credentials of a request, and the cookie of a user.
//!
//! A request shows its credentials in the header `Authorization`. A browser that fetches something by itself (an
//! image, a download) cannot set that header; for such paths a user has a cookie, which holds a limited token.
//!
//! The barrier of a plugin's HTTP router asks this service for every request that no policy opens. So a handler asks
//! only when it wants to know who calls, or to let in fewer. It takes [`Credentials`] as a parameter, and the type of
//! the parameter says who may call; or it asks the service, which a plugin can take.
//!
//! ```
//! use axum::{Router, routing::get};
//! use greenroom_services::auth::{Credentials, UserPrincipal};
//!
//! async fn me(user: Credentials<UserPrincipal>) -> String {
//!     user.principal().user_entity_ref.clone()
//! }
//!
//! let routes: Router = Router::new().route("/me", get(me));
//! ```

mod allow;
mod cookie;
mod extract;
#[cfg(test)]
mod extract_tests;
mod factory;
mod memo;
mod request_auth;
mod service;
mod shown;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom_di_macros::service;
use http::HeaderMap;
use http::request::Parts;

pub use allow::Allow;
pub use cookie::UserCookie;
pub use extract::{CallerKind, WithCookie};
pub use factory::http_auth;
pub use request_auth::RequestAuth;
pub use shown::{USER_COOKIE, shown_token};

use crate::auth::{AuthError, Credentials};

/// Reads credentials from requests, and writes them into cookies, in the name of one plugin.
#[service(id = "core.httpAuth", provided_by = "greenroom::services::http_auth")]
#[async_trait]
pub trait HttpAuthService: Send + Sync + 'static {
    /// The credentials of a request.
    ///
    /// # Errors
    ///
    /// [`AuthError::Authentication`] for a token that does not count, and where nobody calls and `allow` wants
    /// somebody; [`AuthError::NotAllowed`] for a caller of another kind than `allow` has.
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError>;

    /// Adds a cookie for a user to the headers of an answer; gives the time when it ends. Without `credentials` the
    /// user is the one of the request, who keeps a cookie that is good for a while longer. Those of nobody take the
    /// cookie away.
    ///
    /// # Errors
    ///
    /// As for [`credentials`](Self::credentials), and [`AuthError::Authentication`] when the user's token cannot be
    /// limited.
    async fn issue_user_cookie(
        &self,
        request: &Parts,
        response: &mut HeaderMap,
        credentials: Option<Credentials>,
    ) -> Result<SystemTime, AuthError>;
}

/// The service as a plugin takes it.
pub type HttpAuth = Arc<dyn HttpAuthService>;
