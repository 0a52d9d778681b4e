//! The default HTTP auth service: finds the token, and leaves it to the auth service what it is worth.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::shown::{bearer, cookie};
use super::{Allow, HttpAuthService, RequestAuth, UserCookie};
use crate::auth::{
    Auth, AuthError, Credentials, Principal, TokenAccess, UserPrincipal, is_limited_user_token,
};
use crate::clock::Clock;
use crate::discovery::Discovery;

/// A cookie that is good for longer than this is not replaced.
const WORTH_KEEPING: Duration = Duration::from_secs(5 * 60);

pub(super) struct PluginHttpAuth {
    pub(super) plugin_id: String,
    pub(super) auth: Auth,
    pub(super) discovery: Discovery,
    pub(super) clock: Clock,
}

impl PluginHttpAuth {
    async fn found(&self, request: &Parts, access: TokenAccess) -> Result<Credentials, AuthError> {
        let memo = RequestAuth::memo(request);
        if let Some(known) = memo.and_then(|memo| memo.known(access)) {
            return Ok(known.clone());
        }
        let found = match bearer(&request.headers) {
            Some(token) => self.auth.authenticate(token, access).await?,
            None => match cookie(&request.headers).filter(|_| access == TokenAccess::Limited) {
                Some(token) => self.of_cookie(token).await?,
                None => Credentials::none().into_any(),
            },
        };
        if let Some(memo) = memo {
            memo.keep(access, &found);
        }
        Ok(found)
    }

    /// A cookie goes along with requests that its user did not make, so it is worth no more than a limited token.
    async fn of_cookie(&self, token: &str) -> Result<Credentials, AuthError> {
        if !is_limited_user_token(token) {
            return Err(AuthError::authentication("Illegal token"));
        }
        self.auth.authenticate(token, TokenAccess::Limited).await
    }

    /// When the cookie of the request ends, if it is this user's and good for a while longer.
    async fn kept(
        &self,
        request: &Parts,
        user: &Credentials<UserPrincipal>,
    ) -> Result<Option<SystemTime>, AuthError> {
        let Some(token) = cookie(&request.headers) else {
            return Ok(None);
        };
        let held = match self.of_cookie(token).await {
            Ok(held) => held,
            Err(AuthError::Authentication(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_the_users = matches!(
            held.principal(),
            Principal::User(holder) if holder.user_entity_ref == user.principal().user_entity_ref
        );
        let ends = held.expires_at().filter(|_| is_the_users);
        Ok(ends.filter(|ends| *ends > self.clock.now() + WORTH_KEEPING))
    }

    async fn cookie(&self) -> Result<UserCookie, AuthError> {
        let unavailable = |source: BoxError| AuthError::Unavailable {
            message: "No cookie can be issued at the moment".to_owned(),
            source,
        };
        let url = self.discovery.external_base_url(&self.plugin_id).await;
        let url: Uri = url
            .map_err(unavailable)?
            .parse()
            .map_err(|error| unavailable(Box::new(error)))?;
        Ok(UserCookie::for_base_url(&url))
    }
}

#[async_trait]
impl HttpAuthService for PluginHttpAuth {
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        let found = self.found(request, allow.token_access()).await?;
        allow.check(found)
    }

    async fn issue_user_cookie(
        &self,
        request: &Parts,
        response: &mut HeaderMap,
        credentials: Option<Credentials>,
    ) -> Result<SystemTime, AuthError> {
        let given = credentials.is_some();
        let credentials = match credentials {
            Some(given) => given,
            None => self.credentials(request, Allow::USER).await?,
        };
        if let Principal::None = credentials.principal() {
            response.append(SET_COOKIE, self.cookie().await?.clear());
            return Ok(self.clock.now());
        }
        let user = credentials.narrow::<UserPrincipal>();
        let user = user.ok_or_else(|| {
            AuthError::authentication("Refused to issue cookie for non-user principal")
        })?;
        if !given && let Some(ends) = self.kept(request, &user).await? {
            return Ok(ends);
        }
        let limited = self.auth.limited_user_token(&user).await?;
        let cookie = self
            .cookie()
            .await?
            .set(&limited.token, limited.expires_at)?;
        response.append(SET_COOKIE, cookie);
        Ok(limited.expires_at)
    }
}
