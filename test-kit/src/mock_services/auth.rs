//! `core.auth` of a test: it understands mock tokens and nothing else.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use greenroom::PluginContext;
use greenroom::auth::{
    AccessRestrictions, AuthError, AuthService, Credentials, LimitedUserToken, Principal,
    PublicKey, ServicePrincipal, Token, TokenAccess, UserPrincipal,
};
use greenroom::config::RootConfig;
use serde_json::json;

use crate::mock_credentials::{MockToken, Word, limited_user};

/// How long a limited token is said to be good.
const HOUR: Duration = Duration::from_secs(3600);

/// `core.auth` of one plugin, for the tokens of [`mock_credentials`](crate::mock_credentials). It says no in the words of
/// production.
///
/// ```
/// use greenroom::auth::{AuthService as _, TokenAccess};
/// use greenroom_test_kit::{mock_credentials::user, mock_services::FakeAuth};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (shop, stock) = (FakeAuth::new("shop"), FakeAuth::new("stock"));
/// let jane = user("user:default/jane").credentials().into_any();
/// let token = shop.plugin_request_token(&jane, "stock").await;
/// let token = token.expect("jane may call").expect("somebody calls");
/// let seen = stock.authenticate(token.expose(), TokenAccess::Full).await;
/// let expected = user("user:default/jane").actor("plugin:shop").credentials();
/// assert_eq!(seen.expect("the token is for this plugin"), expected.into_any());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FakeAuth {
    plugin: String,
    keys: Vec<PublicKey>,
    is_policy_disabled: bool,
}

impl FakeAuth {
    /// That of the plugin with this id.
    #[must_use]
    pub fn new(plugin_id: impl Into<String>) -> Self {
        let plugin = plugin_id.into();
        // No library takes it for a key.
        let key = json!({ "kty": "mock", "kid": format!("mock-key-of-{plugin}") });
        Self {
            keys: key.as_object().cloned().into_iter().collect(),
            plugin,
            is_policy_disabled: false,
        }
    }

    /// The same, with these public keys in place of one that is none.
    #[must_use]
    pub fn with_public_keys(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.keys = keys.into_iter().collect();
        self
    }

    /// The same, in a backend that lets everybody in: a call on behalf of nobody carries no token.
    #[must_use]
    pub fn with_default_policy_disabled(mut self) -> Self {
        self.is_policy_disabled = true;
        self
    }
}

#[async_trait]
impl AuthService for FakeAuth {
    async fn authenticate(
        &self,
        token: &str,
        access: TokenAccess,
    ) -> Result<Credentials, AuthError> {
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

    fn own_service_credentials(&self) -> Credentials<ServicePrincipal> {
        Credentials::service(format!("plugin:{}", self.plugin))
    }

    async fn plugin_request_token(
        &self,
        on_behalf_of: &Credentials,
        target_plugin_id: &str,
    ) -> Result<Option<Token>, AuthError> {
        let user = match on_behalf_of.principal() {
            Principal::None if self.is_policy_disabled => return Ok(None),
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
        Ok(Some(Token::new(token.to_string())))
    }

    async fn limited_user_token(
        &self,
        credentials: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError> {
        let user = limitable(&credentials.clone().into_any(), credentials.principal())?;
        Ok(LimitedUserToken {
            token: Token::new(limited_user(user).token()),
            expires_at: SystemTime::now() + HOUR,
        })
    }

    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        Ok(self.keys.clone())
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

/// Provides `core.auth` by a [`FakeAuth`].
#[greenroom::service_factory]
pub fn fake_auth(context: Arc<PluginContext>, config: RootConfig) -> Arc<dyn AuthService> {
    let auth = FakeAuth::new(context.id());
    let disabled = config
        .current()
        .get_optional("backend.auth.dangerouslyDisableDefaultAuthPolicy");
    // What is no boolean is told by `core.httpRouter`.
    if matches!(disabled, Ok(Some(true))) {
        Arc::new(auth.with_default_policy_disabled())
    } else {
        Arc::new(auth)
    }
}
