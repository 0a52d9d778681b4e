//! Credentials of a test: who calls, without anybody having signed in.
//!
//! ```
//! use greenroom_test_kit::mock_credentials::{limited_user, none, service, user};
//!
//! let jane = user("user:default/jane");
//! assert_eq!(jane.credentials().principal().user_entity_ref, "user:default/jane");
//! assert_eq!(jane.header(), r#"Bearer mock-user-token:{"sub":"user:default/jane"}"#);
//! assert_eq!(limited_user("user:default/jane").cookie(), jane.cookie());
//! assert_eq!(service("external:ci").token(), r#"mock-service-token:{"sub":"external:ci"}"#);
//! assert_eq!(none().token(), "mock-none-token");
//! ```
//!
//! Their tokens are plain text, in the form in which Backstage's test utilities write them:
//!
//! | token | whose it is |
//! |---|---|
//! | `mock-user-token` | `user:default/mock`; with `:{"sub":…}` another user, with `"actor":{"sub":…}` one in whose name a service calls |
//! | `mock-limited-user-token:{"sub":…}` | a user's, as the cookie holds it |
//! | `mock-service-token` | `external:test-service`; with `:{"sub":…}` another service |
//! | `mock-service-token:{"sub":…,"obo":…,"target":…}` | a plugin's for a call to another, on behalf of a user |
//! | `mock-none-token` | nobody's |
//! | `mock-invalid-…` | nobody's, and always refused |
//!
//! Restrictions of a service are members `accessRestrictions` and `plugins`. Only
//! [`FakeAuth`](crate::mock_services::FakeAuth) understands these tokens; no service outside of this crate does.

mod kind;
mod request;
mod token;

use std::marker::PhantomData;

use axum::Extension;
use greenroom::auth::{AccessRestrictions, Credentials, Token};
use greenroom::http_auth::{RequestAuth, USER_COOKIE};

pub use kind::{Kind, LimitedUser, Nobody, Service, User};
pub use request::RequestCredentials;
pub(crate) use token::{Claims, MockToken, Word};

use crate::mock_services::FakeHttpAuth;

/// The user of tests that do not care which.
pub const DEFAULT_USER: &str = "user:default/mock";

/// The service of tests that do not care which.
pub const DEFAULT_SERVICE: &str = "external:test-service";

/// Credentials of a test, of this [`Kind`]. What they show in a request is made up, and always the same for the same
/// caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MockCredentials<K> {
    token: MockToken,
    kind: PhantomData<fn() -> K>,
}

/// Those of nobody. In a request they stand in place of
/// [`TestBackend::default_credentials`](crate::TestBackend::default_credentials).
#[must_use]
pub fn none() -> MockCredentials<Nobody> {
    MockCredentials::of(Claims::default())
}

/// Those of a user, by its reference in the catalog.
#[must_use]
pub fn user(user_entity_ref: impl Into<String>) -> MockCredentials<User> {
    MockCredentials::of(Claims::of(user_entity_ref).unless(DEFAULT_USER))
}

/// Those of [`DEFAULT_USER`].
#[must_use]
pub fn default_user() -> MockCredentials<User> {
    user(DEFAULT_USER)
}

/// Those of a user who shows no more than a limited token. A request shows it as its cookie.
#[must_use]
pub fn limited_user(user_entity_ref: impl Into<String>) -> MockCredentials<LimitedUser> {
    MockCredentials::of(Claims::of(user_entity_ref))
}

/// Those of a service, by its subject: `plugin:<id>` for a plugin, any other for a program outside.
#[must_use]
pub fn service(subject: impl Into<String>) -> MockCredentials<Service> {
    MockCredentials::of(Claims::of(subject).unless(DEFAULT_SERVICE))
}

/// Those of [`DEFAULT_SERVICE`].
#[must_use]
pub fn default_service() -> MockCredentials<Service> {
    service(DEFAULT_SERVICE)
}

impl<K: Kind> MockCredentials<K> {
    fn of(claims: Claims) -> Self {
        let word = K::WORD;
        Self {
            token: MockToken { word, claims },
            kind: PhantomData,
        }
    }

    /// As a handler gets them, to be given to a function directly. They hold the token.
    #[must_use]
    pub fn credentials(&self) -> Credentials<K::Principal> {
        let credentials = self.token.credentials().narrow::<K::Principal>();
        let credentials =
            credentials.expect("the token's word says which kind of principal it has");
        credentials.with_token(Token::new(self.token()))
    }

    /// The token.
    #[must_use]
    pub fn token(&self) -> String {
        self.token.to_string()
    }

    /// The token as the value of the header `Authorization`.
    #[must_use]
    pub fn header(&self) -> String {
        format!("Bearer {}", self.token())
    }

    /// A token of this kind that is refused everywhere.
    #[must_use]
    pub fn invalid_token(&self) -> String {
        format!("mock-invalid-{}", K::WORD.suffix())
    }

    /// The invalid token as the value of the header `Authorization`.
    #[must_use]
    pub fn invalid_header(&self) -> String {
        format!("Bearer {}", self.invalid_token())
    }

    /// What a request shows that comes with an invalid token of this kind, for
    /// [`TestRequest::credentials`](crate::TestRequest::credentials).
    #[must_use]
    pub fn invalid(&self) -> RequestCredentials {
        K::shown(self.invalid_token())
    }

    /// A layer for a bare axum router: its requests carry these credentials unless they show others, as below a
    /// plugin. For a test of a router without a backend.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use greenroom::auth::{Credentials, UserPrincipal};
    /// # use greenroom_test_kit::mock_credentials::user;
    /// async fn me(user: Credentials<UserPrincipal>) -> String {
    ///     user.principal().user_entity_ref.clone()
    /// }
    ///
    /// let router: Router = Router::new().route("/me", get(me));
    /// let tested = router.layer(user("user:default/jane").layer());
    /// ```
    pub fn layer(&self) -> Extension<RequestAuth> {
        let http_auth = FakeHttpAuth::new();
        http_auth.set_default_credentials(self);
        http_auth.into_layer()
    }
}

impl MockCredentials<User> {
    /// The same, with this service as the one that calls in the user's name.
    #[must_use]
    pub fn actor(mut self, subject: impl Into<String>) -> Self {
        self.token.claims.act_by(subject);
        self
    }

    /// The cookie of the user as `name=value`: it holds the limited token.
    #[must_use]
    pub fn cookie(&self) -> String {
        let user = self.credentials();
        limited_user(&user.principal().user_entity_ref).cookie()
    }

    /// A cookie of a user that is refused everywhere.
    #[must_use]
    pub fn invalid_cookie(&self) -> String {
        let user = self.credentials();
        limited_user(&user.principal().user_entity_ref).invalid_cookie()
    }
}

impl MockCredentials<LimitedUser> {
    /// The cookie of the user as `name=value`.
    #[must_use]
    pub fn cookie(&self) -> String {
        format!("{USER_COOKIE}={}", self.token())
    }

    /// A cookie of a user that is refused everywhere.
    #[must_use]
    pub fn invalid_cookie(&self) -> String {
        format!("{USER_COOKIE}={}", self.invalid_token())
    }
}

impl MockCredentials<Service> {
    /// The same, restricted to this wherever it calls.
    #[must_use]
    pub fn restricted(mut self, restrictions: &AccessRestrictions) -> Self {
        self.token.claims.restrict(restrictions);
        self
    }

    /// The same, for these plugins alone. Others refuse it.
    #[must_use]
    pub fn only_for<I: Into<String>>(mut self, plugins: impl IntoIterator<Item = I>) -> Self {
        let plugins = plugins.into_iter().map(Into::into).collect();
        self.token.claims.plugins = Some(plugins);
        self
    }
}
