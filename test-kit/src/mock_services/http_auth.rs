//! `core.httpAuth` of a test.
//!
//! It reads requests as production does. So a test that forgets credentials sees a 401, where Backstage's fake makes
//! the caller a default user; [`TestBackend::default_credentials`](crate::TestBackend::default_credentials) asks for
//! that.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use axum::Extension;
use greenroom::RootContext;
use greenroom::auth::{Auth, AuthError, Credentials, Principal, TokenAccess, UserPrincipal};
use greenroom::config::RootConfig;
use greenroom::http_auth::{Allow, HttpAuthService, RequestAuth, UserCookie, shown_token};
use http::header::{AUTHORIZATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::FakeAuth;
use crate::mock_credentials::RequestCredentials;

/// `core.httpAuth` of one plugin. Whose a token is it asks `core.auth`, the fake one or another.
pub struct FakeHttpAuth {
    auth: Auth,
    default: Option<RequestCredentials>,
    cookie: UserCookie,
}

impl FakeHttpAuth {
    /// On top of this `core.auth`.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        Self {
            auth,
            default: None,
            cookie: UserCookie::for_base_url(&Uri::from_static("http://localhost:7007")),
        }
    }

    /// On top of a [`FakeAuth`] of this plugin.
    #[must_use]
    pub fn for_plugin(plugin_id: impl Into<String>) -> Self {
        Self::new(Arc::new(FakeAuth::new(plugin_id)))
    }

    /// The same, with these for requests that show none.
    #[must_use]
    pub fn with_default(mut self, credentials: impl Into<RequestCredentials>) -> Self {
        self.default = Some(credentials.into());
        self
    }

    /// The same, in a backend with this base URL, which the cookie's attributes depend on.
    #[must_use]
    pub fn with_base_url(mut self, base_url: &Uri) -> Self {
        self.cookie = UserCookie::for_base_url(base_url);
        self
    }

    /// A layer by which handlers of a bare axum router find this service, as below a plugin.
    pub fn into_layer(self) -> Extension<RequestAuth> {
        Extension(RequestAuth::new(Arc::new(self)))
    }

    /// The token that counts: that of the request, else the default one.
    fn token<'a>(&'a self, headers: &'a HeaderMap, access: TokenAccess) -> Option<&'a str> {
        let shows_something = headers.contains_key(AUTHORIZATION)
            || shown_token(headers, TokenAccess::Limited).is_some();
        match &self.default {
            Some(default) if !shows_something => default.token(access),
            _ => shown_token(headers, access),
        }
    }
}

#[async_trait]
impl HttpAuthService for FakeHttpAuth {
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        let access = allow.token_access();
        let found = match self.token(&request.headers, access) {
            Some(token) => self.auth.authenticate(token, access).await?,
            None => Credentials::none().into_any(),
        };
        allow.check(found)
    }

    /// A cookie of the request is not kept: the answer always has a new one.
    async fn issue_user_cookie(
        &self,
        request: &Parts,
        response: &mut HeaderMap,
        credentials: Option<Credentials>,
    ) -> Result<SystemTime, AuthError> {
        let credentials = match credentials {
            Some(nobody) if *nobody.principal() == Principal::None => {
                response.append(SET_COOKIE, self.cookie.clear());
                return Ok(UNIX_EPOCH);
            }
            Some(credentials) => Allow::USER.check(credentials)?,
            None => self.credentials(request, Allow::USER).await?,
        };
        let user = credentials
            .narrow::<UserPrincipal>()
            .expect("nobody else was let in");
        let limited = self.auth.limited_user_token(&user).await?;
        let cookie = self.cookie.set(&limited.token, limited.expires_at)?;
        response.append(SET_COOKIE, cookie);
        Ok(limited.expires_at)
    }
}

/// Provides `core.httpAuth` by a [`FakeHttpAuth`].
#[greenroom::service_factory]
pub fn fake_http_auth(
    context: Arc<RootContext>,
    auth: Auth,
    config: RootConfig,
) -> Arc<dyn HttpAuthService> {
    let mut fake = FakeHttpAuth::new(auth);
    if let Some(default) = context.input::<RequestCredentials>() {
        fake = fake.with_default(default.clone());
    }
    let base_url = config.current().get_optional::<String>("backend.baseUrl");
    // What is no URL is for the services to tell that need one.
    if let Ok(Some(Ok(base_url))) = base_url.map(|url| url.map(|url| url.parse::<Uri>())) {
        fake = fake.with_base_url(&base_url);
    }
    Arc::new(fake)
}
