//! `core.auth` in tests: a fake that understands mock tokens and nothing else, and a mock.

mod mock;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use greenroom::auth::{
    AccessRestrictions, Auth, AuthError, AuthService, Credentials, LimitedUserToken, Principal,
    PublicKey, ServicePrincipal, Token, TokenAccess, UserPrincipal,
};
use greenroom::clock::{Clock, SystemClock};
use greenroom::config::RootConfig;
use greenroom::{Entry, PluginContext, RootContext};
use serde_json::json;

pub use mock::MockAuthService;

use crate::TestDouble;
use crate::mock_credentials::{MockToken, Word, limited_user};

/// How long a limited token is said to be good.
const HOUR: Duration = Duration::from_secs(3600);

/// Understands the tokens of [`mock_credentials`](crate::mock_credentials), issues such, and keeps what it was asked. It
/// says no in the words of production.
///
/// ```
/// use greenroom::auth::{AuthService as _, TokenAccess};
/// use greenroom_test_kit::TestDouble as _;
/// use greenroom_test_kit::{mock_credentials::user, mock_services::FakeAuth};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let auth = FakeAuth::new();
/// let (shop, stock) = (auth.clone().for_plugin("shop"), auth.clone().for_plugin("stock"));
/// let jane = user("user:default/jane").credentials().into_any();
/// let token = shop.plugin_request_token(&jane, "stock").await;
/// let token = token.expect("jane may call").expect("somebody calls");
/// let seen = stock.authenticate(token.expose(), TokenAccess::Full).await;
/// let expected = user("user:default/jane").actor("plugin:shop").credentials();
/// assert_eq!(seen.expect("the token is for this plugin"), expected.into_any());
///
/// assert_eq!(auth.issued_tokens()[0].target.as_deref(), Some("stock"));
/// assert_eq!(auth.authentications()[0].plugin, "stock");
/// # }
/// ```
///
/// In a backend each plugin has one in its own name, and this one has what all of them were asked. Its times are those
/// of the backend's clock.
#[derive(Clone, Debug)]
pub struct FakeAuth {
    plugin: String,
    clock: Clock,
    /// The configuration of the backend says so.
    is_policy_disabled: bool,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    keys: Option<Vec<PublicKey>>,
    is_policy_disabled: bool,
    authentications: Vec<RecordedAuthentication>,
    issued: Vec<IssuedToken>,
}

/// A token that a [`FakeAuth`] was asked about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedAuthentication {
    /// The plugin that asked; `test` where there is no backend.
    pub plugin: String,
    /// Which tokens were to count.
    pub access: TokenAccess,
    /// Whose it was, with the token; none if it was refused.
    pub credentials: Option<Credentials>,
}

/// A token that a [`FakeAuth`] has issued.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IssuedToken {
    /// The plugin that asked for it; `test` where there is no backend.
    pub plugin: String,
    /// The plugin that it is for; none for a limited token of a user.
    pub target: Option<String>,
    /// On whose behalf.
    pub on_behalf_of: Credentials,
    /// The token.
    pub token: Token,
}

impl FakeAuth {
    /// That of a plugin `test`, at the time of the system.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// The same, at the time of this clock; in a backend it is the backend's.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            plugin: "test".to_owned(),
            clock,
            is_policy_disabled: false,
            shared: Arc::default(),
        })
    }

    /// Has these public keys from now on, in place of one that is none.
    pub fn set_public_keys(&self, keys: impl IntoIterator<Item = PublicKey>) {
        self.lock().keys = Some(keys.into_iter().collect());
    }

    /// Is from now on that of a backend which lets everybody in: a call on behalf of nobody carries no token. In a
    /// backend the configuration says so too.
    pub fn disable_default_policy(&self) {
        self.lock().is_policy_disabled = true;
    }

    /// The tokens that it was asked about, by whichever plugin.
    #[must_use]
    pub fn authentications(&self) -> Vec<RecordedAuthentication> {
        self.lock().authentications.clone()
    }

    /// The tokens that it has issued, to whichever plugin.
    #[must_use]
    pub fn issued_tokens(&self) -> Vec<IssuedToken> {
        self.lock().issued.clone()
    }

    fn judge(&self, token: &str, access: TokenAccess) -> Result<Credentials, AuthError> {
        let refused = AuthError::authentication;
        let Some(parsed) = MockToken::parse(token) else {
            let is_of_user = token.starts_with("mock-") && token.contains("user-token");
            return Err(refused(if is_of_user {
                "Failed user token verification"
            } else {
                "Illegal token"
            }));
        };
        let claims = &parsed.claims;
        if parsed.word == Word::LimitedUser && access == TokenAccess::Full {
            return Err(refused("Illegal limited user token"));
        }
        if claims
            .target
            .as_ref()
            .is_some_and(|target| *target != self.plugin)
        {
            return Err(refused("Failed plugin token verification"));
        }
        match &claims.plugins {
            Some(plugins) if !plugins.contains(&self.plugin) => {
                let names: Vec<String> = plugins.iter().map(|it| format!("'{it}'")).collect();
                let names = names.join(", ");
                let message = format!("This token's access is restricted to plugin(s) {names}");
                Err(AuthError::not_allowed(message))
            }
            _ => Ok(parsed.credentials().with_token(Token::new(token))),
        }
    }

    fn issue(&self, target: Option<&str>, on_behalf_of: &Credentials, token: String) -> Token {
        let token = Token::new(token);
        self.lock().issued.push(IssuedToken {
            plugin: self.plugin.clone(),
            target: target.map(str::to_owned),
            on_behalf_of: on_behalf_of.clone(),
            token: token.clone(),
        });
        token
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AuthService for FakeAuth {
    async fn authenticate(
        &self,
        token: &str,
        access: TokenAccess,
    ) -> Result<Credentials, AuthError> {
        let found = self.judge(token, access);
        self.lock().authentications.push(RecordedAuthentication {
            plugin: self.plugin.clone(),
            access,
            credentials: found.as_ref().ok().cloned(),
        });
        found
    }

    fn own_service_credentials(&self) -> Credentials<ServicePrincipal> {
        Credentials::service(format!("plugin:{}", self.plugin))
    }

    async fn plugin_request_token(
        &self,
        on_behalf_of: &Credentials,
        target_plugin_id: &str,
    ) -> Result<Option<Token>, AuthError> {
        let is_open = self.is_policy_disabled || self.lock().is_policy_disabled;
        let user = match on_behalf_of.principal() {
            Principal::None if is_open => return Ok(None),
            Principal::None => {
                let message = format!(
                    "Nobody is known on whose behalf plugin '{target_plugin_id}' could be called"
                );
                return Err(AuthError::authentication(message));
            }
            Principal::User(user) => Some(limitable(on_behalf_of, user)?),
            Principal::Service(service) => {
                may_be_delegated(on_behalf_of, service, target_plugin_id)?;
                None
            }
        };
        let token = MockToken::of_plugin(&self.plugin, target_plugin_id, user);
        let token = self.issue(Some(target_plugin_id), on_behalf_of, token.to_string());
        Ok(Some(token))
    }

    async fn limited_user_token(
        &self,
        credentials: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError> {
        let of_user = credentials.clone().into_any();
        let user = limitable(&of_user, credentials.principal())?;
        Ok(LimitedUserToken {
            token: self.issue(None, &of_user, limited_user(user).token()),
            expires_at: self.clock.now() + HOUR,
        })
    }

    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        let given = self.lock().keys.clone();
        Ok(given.unwrap_or_else(|| {
            // No library takes it for a key.
            let kid = format!("mock-key-of-{}", self.plugin);
            let key = json!({ "kty": "mock", "kid": kid });
            key.as_object().cloned().into_iter().collect()
        }))
    }
}

/// Refuses to pass on a service to where it may not go itself.
fn may_be_delegated(
    credentials: &Credentials,
    service: &ServicePrincipal,
    target: &str,
) -> Result<(), AuthError> {
    let Some(restrictions) = &service.access_restrictions else {
        return Ok(());
    };
    let token = credentials.token().map(Token::expose);
    let plugins = token
        .and_then(MockToken::parse)
        .and_then(|token| token.claims.plugins);
    if plugins.is_some_and(|plugins| !plugins.iter().any(|plugin| plugin == target)) {
        return Err(AuthError::not_allowed(format!(
            "Access to target plugin '{target}' is not included in token's access restrictions"
        )));
    }
    if *restrictions != AccessRestrictions::default() {
        return Err(AuthError::not_allowed(format!(
            "Access to target plugin '{target}' is restricted and cannot be delegated"
        )));
    }
    Ok(())
}

/// The user's name, if there is a token that proves it. Credentials that a test made without one fail here as they
/// would in production.
fn limitable(credentials: &Credentials, user: &UserPrincipal) -> Result<String, AuthError> {
    let token = credentials.token().map(Token::expose);
    match token.and_then(MockToken::parse) {
        Some(_) => Ok(user.user_entity_ref.clone()),
        None => Err(AuthError::authentication(
            "Failed to create limited user token, missing user identity proof",
        )),
    }
}

impl TestDouble for FakeAuth {
    type Service = dyn AuthService;

    fn into_service(self: Arc<Self>) -> Auth {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Auth {
        Arc::new(Self {
            plugin: plugin.to_owned(),
            ..(*self).clone()
        })
    }

    fn factory() -> Option<Entry> {
        Some(Entry::of::<fake_auth>())
    }
}

/// Provides `core.auth` by the [`FakeAuth`] of the test, or by a new one.
#[greenroom::service_factory]
pub fn fake_auth(
    context: Arc<RootContext>,
    plugin: Arc<PluginContext>,
    config: RootConfig,
    clock: Clock,
) -> Auth {
    let given = context.input::<Arc<FakeAuth>>().cloned();
    let given = given.unwrap_or_else(FakeAuth::new);
    let disabled = config
        .current()
        .get_optional("backend.auth.dangerouslyDisableDefaultAuthPolicy");
    Arc::new(FakeAuth {
        plugin: plugin.id().to_owned(),
        clock,
        // What is no boolean is told by `core.httpRouter`.
        is_policy_disabled: matches!(disabled, Ok(Some(true))),
        shared: Arc::clone(&given.shared),
    })
}
