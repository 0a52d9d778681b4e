//! `core.auth`: whose token this is, and tokens that say who calls.
//!
//! A caller is a user, a service (another plugin, or a program outside), or nobody: a [`Principal`]. What an auth
//! service has found out about a caller are [`Credentials`]; handlers and services pass them on and ask them, and
//! only an auth service makes them from a token. Their token is for the auth service that has to act in the
//! caller's name, and is never shown.
//!
//! The words are those of Backstage, so that a token of one kind means the same on both sides: a *plugin token*
//! says which plugin calls which, and perhaps on behalf of which user; a *limited user token* only says who the
//! user is, and can safely lie in a cookie.
//!
//! The default service verifies a token once: what it has found out is remembered for ten minutes at most, by the
//! token's hash. Tokens of plugins in the same process are verified by their keys at hand, all others by the keys
//! that their issuers publish. A [`RootAuth`] is behind the services of all plugins.
//!
//! Users' tokens are issued by the auth plugin, for which [`UserTokenIssuer`] is here, because it signs as the rest does.
//! Where the auth plugin is one of this process, its tokens are known without a request.
//!
//! Deliberately absent: who may have a user's token, which is the auth plugin's to say, and a check of the claim `iss`:
//! the address by which the keys are fetched says who issues them.

mod credentials;
mod error;
mod external;
mod factory;
mod finding;
mod jwt;
mod key_set;
mod key_store;
mod key_table;
mod plugin_tokens;
mod principal;
mod reach;
mod reloads;
mod remembered;
mod remote_keys;
mod root;
mod service;
mod settings;

mod signing_key;
#[cfg(test)]
pub(crate) mod tests;
mod token;
mod user_issuer;
mod user_tokens;
mod written_time;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom_di_macros::service;

pub use credentials::Credentials;
pub use error::AuthError;
pub use external::{ExternalTokenHandler, ExternalTokenVerifier};
pub use factory::{auth, root_auth, shared_keys};
pub use key_table::{KeyTable, KeyUse, SharedKey, SharedKeys};
pub use principal::{
    AccessRestrictions, NonePrincipal, PermissionAttributes, Principal, PrincipalKind,
    ServicePrincipal, UserOrService, UserOrServicePrincipal, UserPrincipal,
};
pub(crate) use remembered::{Fingerprint, Remembered};
pub use root::RootAuth;
pub use settings::{AuthSettings, UserTokenSettings};
pub use token::Token;
pub use user_issuer::{IssuedUserToken, UserTokenIssuer};
pub(crate) use user_tokens::{claimed_owners, is_limited_user_token};
pub(crate) use written_time::{http_date, rfc3339};

/// Verifies tokens and issues them, in the name of one plugin.
#[service(id = "core.auth", provided_by = "greenroom::services::auth")]
#[async_trait]
pub trait AuthService: Send + Sync + 'static {
    /// Finds out whose token this is. A limited user token counts only where `access` says so.
    ///
    /// # Errors
    ///
    /// [`AuthError::Authentication`] for a token that does not count, [`AuthError::NotAllowed`] for one that counts
    /// elsewhere.
    async fn authenticate(
        &self,
        token: &str,
        access: TokenAccess,
    ) -> Result<Credentials, AuthError>;

    /// The credentials of the plugin itself, for calls that it makes of its own accord.
    fn own_service_credentials(&self) -> Credentials<ServicePrincipal>;

    /// A token for a call to another plugin, on behalf of whoever these credentials are of. The other plugin sees a
    /// user as the caller, with this plugin as the actor; of a service it sees this plugin alone.
    ///
    /// `None` when the caller is nobody and the default policy is disabled: such a call carries no token.
    ///
    /// # Errors
    ///
    /// [`AuthError::Authentication`] when nobody calls or the user's token cannot be limited,
    /// [`AuthError::NotAllowed`] when the caller's access restrictions do not cover the target.
    async fn plugin_request_token(
        &self,
        on_behalf_of: &Credentials,
        target_plugin_id: &str,
    ) -> Result<Option<Token>, AuthError>;

    /// A token that says who the user is and no more, from the user's own token.
    ///
    /// # Errors
    ///
    /// [`AuthError::Authentication`] when the credentials hold no token that can be limited.
    async fn limited_user_token(
        &self,
        credentials: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError>;

    /// The keys by which others verify the tokens that this plugin issues.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unavailable`] when the store of the keys cannot be read.
    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError>;
}

/// The service as a plugin takes it.
pub type Auth = Arc<dyn AuthService>;

impl dyn AuthService {
    /// The credentials of nobody.
    #[must_use]
    pub fn none_credentials(&self) -> Credentials<NonePrincipal> {
        Credentials::none()
    }

    /// Whether the credentials are of this kind; [`Credentials::narrow`] gives them as such.
    #[must_use]
    pub fn is_principal<P: PrincipalKind>(&self, credentials: &Credentials) -> bool {
        credentials.narrow::<P>().is_some()
    }
}

/// Which tokens of a user count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenAccess {
    /// Only full ones.
    #[default]
    Full,
    /// Limited ones too, such as those of a cookie.
    Limited,
}

/// A token that says who a user is and no more.
#[derive(Clone, Debug)]
pub struct LimitedUserToken {
    /// The token.
    pub token: Token,
    /// When it ends.
    pub expires_at: SystemTime,
}

/// A public key as a JSON object of RFC 7517: `kty`, `kid`, `alg` and the key's parts.
pub type PublicKey = serde_json::Map<String, serde_json::Value>;
