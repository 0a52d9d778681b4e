//! `core.httpAuth` in tests: a fake and a mock.
//!
//! The fake reads requests as production does. So a test that forgets credentials sees a 401, where Backstage's fake
//! makes the caller a default user; [`TestBackend::default_credentials`](crate::TestBackend::default_credentials) asks
//! for that.

mod mock;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use axum::Extension;
use greenroom::auth::{Auth, AuthError, Credentials, Principal, TokenAccess, UserPrincipal};
use greenroom::config::RootConfig;
use greenroom::http_auth::{
    Allow, HttpAuth, HttpAuthService, RequestAuth, UserCookie, shown_token,
};
use greenroom::{Entry, PluginContext, RootContext};
use http::header::{AUTHORIZATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, Uri};

pub use mock::MockHttpAuthService;

use super::FakeAuth;
use crate::TestDouble;
use crate::mock_credentials::RequestCredentials;

/// Finds out whose a request is, and keeps what it was asked.
///
/// ```
/// # use greenroom::auth::UserPrincipal;
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::mock_credentials::user;
/// # use greenroom_test_kit::mock_services::FakeHttpAuth;
/// # use greenroom_test_kit::test_backend;
/// # #[backend_plugin(id = "example")]
/// # async fn plugin(http_router: HttpRouter) {
/// #     http_router.mount(Router::new().route("/me", get(async |_: Credentials<UserPrincipal>| "ok")));
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let http_auth = FakeHttpAuth::new();
/// let backend = test_backend![plugin].with(http_auth.clone()).start().await;
/// let request = backend.get("/api/example/me").credentials(user("user:default/jane"));
/// request.send().await.assert_status(200);
/// // The token of a request is verified once.
/// assert_eq!(http_auth.requests().len(), 1);
/// assert_eq!(http_auth.requests()[0].plugin, "example");
/// # }
/// ```
///
/// Whose a token is it asks `core.auth`: in a backend that of the plugin, without one a [`FakeAuth`].
#[derive(Clone)]
pub struct FakeHttpAuth {
    plugin: String,
    auth: Auth,
    /// Whether the test has named `auth`, for a backend too.
    is_named: bool,
    /// What the backend of the test says, where the test does not say it here.
    default: Option<RequestCredentials>,
    cookie: UserCookie,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    default: Option<RequestCredentials>,
    cookie: Option<UserCookie>,
    requests: Vec<RecordedRequest>,
}

/// A request whose credentials a [`FakeHttpAuth`] was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The plugin that asked; `test` where there is no backend.
    pub plugin: String,
    /// The method of the request.
    pub method: Method,
    /// The URI of the request, as the plugin has it.
    pub uri: Uri,
    /// Who was to be let in.
    pub allow: Allow,
    /// Whose it was; none if it was refused.
    pub credentials: Option<Credentials>,
}

impl FakeHttpAuth {
    /// On top of the backend's `core.auth`, and of a [`FakeAuth`] where there is no backend.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::of(FakeAuth::new(), false)
    }

    /// On top of this `core.auth`, in a backend too.
    #[must_use]
    pub fn over(auth: Auth) -> Arc<Self> {
        Self::of(auth, true)
    }

    fn of(auth: Auth, is_named: bool) -> Arc<Self> {
        Arc::new(Self {
            plugin: "test".to_owned(),
            auth,
            is_named,
            default: None,
            cookie: UserCookie::for_base_url(&Uri::from_static("http://localhost:7007")),
            shared: Arc::default(),
        })
    }

    /// Takes these from now on for requests that show none. In a backend
    /// [`TestBackend::default_credentials`](crate::TestBackend::default_credentials) says so too.
    pub fn set_default_credentials(&self, credentials: impl Into<RequestCredentials>) {
        self.lock().default = Some(credentials.into());
    }

    /// Is from now on that of a backend with this base URL, on which the cookie's attributes depend. In a backend the
    /// configuration says so too.
    pub fn set_base_url(&self, base_url: &Uri) {
        self.lock().cookie = Some(UserCookie::for_base_url(base_url));
    }

    /// The requests whose credentials it was asked for, by whichever plugin.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.clone()
    }

    /// A layer by which handlers of a bare axum router find this service, as below a plugin.
    pub fn into_layer(self: Arc<Self>) -> Extension<RequestAuth> {
        Extension(RequestAuth::new(self))
    }

    async fn judge(&self, headers: &HeaderMap, allow: Allow) -> Result<Credentials, AuthError> {
        let access = allow.token_access();
        let found = match self.token(headers, access) {
            Some(token) => self.auth.authenticate(&token, access).await?,
            None => Credentials::none().into_any(),
        };
        allow.check(found)
    }

    /// The token that counts: that of the request, else the default one.
    fn token(&self, headers: &HeaderMap, access: TokenAccess) -> Option<String> {
        let shows_something = headers.contains_key(AUTHORIZATION)
            || shown_token(headers, TokenAccess::Limited).is_some();
        let own = self.lock().default.clone();
        let token = match own.as_ref().or(self.default.as_ref()) {
            Some(default) if !shows_something => default.token(access),
            _ => shown_token(headers, access),
        };
        token.map(str::to_owned)
    }

    fn cookie(&self) -> UserCookie {
        let own = self.lock().cookie.clone();
        own.unwrap_or_else(|| self.cookie.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for FakeHttpAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FakeHttpAuth")
            .field("plugin", &self.plugin)
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpAuthService for FakeHttpAuth {
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        let found = self.judge(&request.headers, allow).await;
        self.lock().requests.push(RecordedRequest {
            plugin: self.plugin.clone(),
            method: request.method.clone(),
            uri: request.uri.clone(),
            allow,
            credentials: found.as_ref().ok().cloned(),
        });
        found
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
                response.append(SET_COOKIE, self.cookie().clear());
                return Ok(UNIX_EPOCH);
            }
            Some(credentials) => Allow::USER.check(credentials)?,
            None => self.credentials(request, Allow::USER).await?,
        };
        let user = credentials
            .narrow::<UserPrincipal>()
            .expect("nobody else was let in");
        let limited = self.auth.limited_user_token(&user).await?;
        let cookie = self.cookie().set(&limited.token, limited.expires_at)?;
        response.append(SET_COOKIE, cookie);
        Ok(limited.expires_at)
    }
}

impl TestDouble for FakeHttpAuth {
    type Service = dyn HttpAuthService;

    fn into_service(self: Arc<Self>) -> HttpAuth {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> HttpAuth {
        let mut own = (*self).clone();
        own.plugin = plugin.to_owned();
        if !own.is_named {
            own.auth = FakeAuth::new().for_plugin(plugin);
        }
        Arc::new(own)
    }

    fn factory() -> Option<Entry> {
        Some(Entry::of::<fake_http_auth>())
    }
}

/// Provides `core.httpAuth` by the [`FakeHttpAuth`] of the test, or by a new one.
#[greenroom::service_factory]
pub fn fake_http_auth(
    context: Arc<RootContext>,
    plugin: Arc<PluginContext>,
    auth: Auth,
    config: RootConfig,
) -> HttpAuth {
    let given = context.input::<Arc<FakeHttpAuth>>().cloned();
    let mut own = (*given.unwrap_or_else(FakeHttpAuth::new)).clone();
    own.plugin = plugin.id().to_owned();
    if !own.is_named {
        own.auth = auth;
    }
    own.default = context.input::<RequestCredentials>().cloned();
    let base_url = config.current().get_optional::<String>("backend.baseUrl");
    // What is no URL is for the services to tell that need one.
    if let Ok(Some(Ok(base_url))) = base_url.map(|url| url.map(|url| url.parse::<Uri>())) {
        own.cookie = UserCookie::for_base_url(&base_url);
    }
    Arc::new(own)
}
