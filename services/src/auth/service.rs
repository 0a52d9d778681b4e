//! The auth service of a plugin.
//!
//! A token is looked at in the anchor's order: is it a plugin's, a user's, one from outside? What was found out is
//! remembered, for ten minutes at most: so long a key that was withdrawn may still count, and no longer.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use serde_json::json;

use super::external::Presented;
use super::finding::{ActsBy, Finding, FoundFor};
use super::jwt::{self, Claims, LONGEST, Unverified};
use super::key_store::KeyStore;
use super::plugin_tokens::{self, BadSubject, OnBehalfOf, PLUGIN, PluginClaims};
use super::reach::may_delegate;
use super::remembered::Fingerprint;
use super::remote_keys::{Failure, NamedBy};
use super::root::RootAuth;
use super::user_tokens::{self, UserTokenKind};
use super::written_time::seconds;
use super::{
    AuthError, AuthService, Credentials, LimitedUserToken, Principal, PublicKey, ServicePrincipal,
    Token, TokenAccess, UserPrincipal,
};
use crate::discovery::Discovery;
use crate::logger::Logger;

/// How long it is not asked again whether a token is good.
const REMEMBERED_FOR: Duration = Duration::from_secs(10 * 60);

/// What issues a token, for messages.
const USER: &str = "user";
const CALLER: &str = "plugin";

pub(super) struct PluginAuth {
    plugin_id: Arc<str>,
    root: Arc<RootAuth>,
    keys: Arc<dyn KeyStore>,
    discovery: Discovery,
    logger: Logger,
}

impl PluginAuth {
    pub(super) fn new(
        plugin_id: &str,
        root: Arc<RootAuth>,
        discovery: Discovery,
        logger: Logger,
    ) -> Self {
        Self {
            plugin_id: plugin_id.into(),
            keys: root.keys_of(plugin_id, Arc::clone(&logger)),
            root,
            discovery,
            logger,
        }
    }

    async fn examine(&self, token: &str, now: SystemTime) -> Result<Finding, AuthError> {
        // Before anything is read of it: that costs more. Tokens of other forms are not remembered: they cost less to compare.
        let fingerprint = jwt::has_parts(token).then(|| Fingerprint::of(token));
        let known = fingerprint.and_then(|token| {
            let known = self.root.remembered.get(&of_all(token), now);
            known.or_else(|| self.root.remembered.get(&self.of_this_plugin(token), now))
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let presented = Presented::new(token, &self.root.clock, &self.root.remote);
        match (&presented.unverified, fingerprint) {
            (Some(unverified), Some(token)) if plugin_tokens::is_plugin_token(unverified) => {
                let (found, until) = self.plugin(unverified, now).await?;
                Ok(self.remember(self.of_this_plugin(token), found, until, now))
            }
            (Some(unverified), Some(token)) if user_tokens::kind(unverified).is_some() => {
                self.user(token, unverified, now).await
            }
            _ => self.external(&presented, fingerprint).await,
        }
    }

    fn of_this_plugin(&self, token: Fingerprint) -> FoundFor {
        let plugin_id = Some(Arc::clone(&self.plugin_id));
        FoundFor { token, plugin_id }
    }

    fn remember(
        &self,
        of: FoundFor,
        found: Finding,
        until: SystemTime,
        now: SystemTime,
    ) -> Finding {
        let until = until.min(now + REMEMBERED_FOR);
        self.root.remembered.insert(of, found.clone(), until);
        found
    }

    async fn user(
        &self,
        token: Fingerprint,
        unverified: &Unverified<'_>,
        now: SystemTime,
    ) -> Result<Finding, AuthError> {
        let user = match self.root.user_keys() {
            Some(keys) => {
                let keys = keys.key_set(unverified.header.kid.as_deref()).await?;
                user_tokens::verify_by(unverified, now, &keys)
            }
            None => {
                let issuer = self.base_url("auth").await?;
                let url = format!("{issuer}/.well-known/jwks.json");
                user_tokens::verify(unverified, now, &self.root.remote, &url).await
            }
        };
        let user = user.map_err(|failure| self.refuse(USER, failure))?;
        let found = Finding {
            principal: Principal::User(UserPrincipal {
                user_entity_ref: user.user_entity_ref,
                actor: None,
            }),
            expires_at: Some(user.expires_at),
            is_limited: user_tokens::kind(unverified) == Some(UserTokenKind::Limited),
            acts_by: ActsBy::TheToken,
            reach: None,
        };
        Ok(self.remember(of_all(token), found, user.expires_at, now))
    }

    /// Who calls by this token of a plugin, and until when that holds.
    async fn plugin(
        &self,
        token: &Unverified<'_>,
        now: SystemTime,
    ) -> Result<(Finding, SystemTime), AuthError> {
        let refused = |reason| self.refuse(CALLER, Failure::Refused(reason));
        let claimed = token.claimed.as_ref();
        let claimed = claimed.ok_or_else(|| refused("its claims are not those of a plugin"))?;
        let subject = plugin_tokens::subject(claimed).map_err(|bad| {
            AuthError::authentication(match bad {
                BadSubject::Missing => "Invalid plugin token: missing subject",
                BadSubject::Forbidden => "Invalid plugin token: forbidden subject format",
            })
        })?;
        // What is not for us, or too old, is not worth a fetch.
        plugin_tokens::check(claimed, &self.plugin_id, now).map_err(refused)?;
        let claims = self.verified_by(subject, token).await?;
        let ends = plugin_tokens::check(&claims, &self.plugin_id, now).map_err(refused)?;
        let caller = ServicePrincipal {
            subject: format!("plugin:{subject}"),
            access_restrictions: None,
        };
        let Some(user_token) = &claims.obo else {
            let found = Finding {
                principal: Principal::Service(caller),
                expires_at: None,
                is_limited: false,
                acts_by: ActsBy::Nothing,
                reach: None,
            };
            return Ok((found, ends));
        };
        let mut found = self.on_behalf_of(user_token, now).await?;
        if let Principal::User(user) = &mut found.principal {
            user.actor = Some(caller);
        }
        let until = found
            .expires_at
            .map_or(ends, |user_ends| user_ends.min(ends));
        Ok((found, until))
    }

    /// The user in whose name a plugin calls. Only a limited token will do: a full one would let the plugin that is
    /// called act as the user everywhere.
    async fn on_behalf_of(&self, token: &str, now: SystemTime) -> Result<Finding, AuthError> {
        let unverified = Unverified::read(token)
            .filter(|token| user_tokens::kind(token) == Some(UserTokenKind::Limited));
        let unverified = unverified.ok_or_else(|| {
            AuthError::authentication("Invalid user token in plugin token obo claim")
        })?;
        let token = Fingerprint::of(token);
        let found = match self.root.remembered.get(&of_all(token), now) {
            Some(known) => known,
            None => self.user(token, &unverified, now).await?,
        };
        Ok(Finding {
            is_limited: false,
            acts_by: ActsBy::OnBehalfOf,
            ..found
        })
    }

    /// The claims of a plugin's token, verified by its keys: those of this process, or those that it publishes.
    async fn verified_by(
        &self,
        plugin_id: &str,
        token: &Unverified<'_>,
    ) -> Result<Claims, AuthError> {
        let refused = |reason| self.refuse(CALLER, Failure::Refused(reason));
        let algorithm = token.algorithm().map_err(refused)?;
        if let Some(local) = self.root.local(plugin_id) {
            let keys = local.key_set(token.header.kid.as_deref()).await?;
            return keys.verify(token, algorithm).map_err(refused);
        }
        let base = self.base_url(plugin_id).await?;
        let url = format!("{base}/.backstage/auth/v1/jwks.json");
        let remote = &self.root.remote;
        let claims = remote.verify(&url, NamedBy::Token, token, algorithm);
        claims.await.map_err(|failure| match failure {
            Failure::Absent => AuthError::authentication(format!(
                "Received a plugin token where the source '{plugin_id}' plugin unexpectedly does not have a JWKS \
                 endpoint. The target plugin needs to be migrated to be installed in an app using the new backend \
                 system."
            )),
            failure => self.refuse(CALLER, failure),
        })
    }

    async fn external(
        &self,
        presented: &Presented<'_>,
        token: Option<Fingerprint>,
    ) -> Result<Finding, AuthError> {
        let found = self.root.external.verify(presented).await?;
        let (caller, reach) = found.ok_or_else(illegal)?;
        let restrictions = reach.as_ref().map(|reach| reach.admit(&self.plugin_id));
        let found = Finding {
            principal: Principal::Service(ServicePrincipal {
                subject: caller.subject,
                access_restrictions: restrictions.transpose()?,
            }),
            expires_at: None,
            is_limited: false,
            acts_by: ActsBy::Nothing,
            reach,
        };
        Ok(match (token, caller.until) {
            (Some(token), Some(until)) => {
                self.remember(self.of_this_plugin(token), found, until, presented.now)
            }
            _ => found,
        })
    }

    /// What the client is told of a token that does not count, while the log learns why.
    fn refuse(&self, issuer: &str, failure: Failure) -> AuthError {
        let reason = match failure {
            Failure::Refused(reason) => reason,
            Failure::Incomplete(message) => return AuthError::authentication(message),
            Failure::Absent => "its issuer publishes no keys",
            Failure::Unreachable(message) => {
                return AuthError::Unavailable {
                    message: format!("The {issuer} token cannot be verified at the moment"),
                    source: message.to_string().into(),
                };
            }
        };
        let fields = json!({ "type": "auth", "reason": reason });
        self.logger
            .debug_with(format!("A {issuer} token is refused: {reason}"), fields);
        AuthError::authentication(format!("Failed {issuer} token verification"))
    }

    async fn base_url(&self, plugin_id: &str) -> Result<String, AuthError> {
        let url = self.discovery.base_url(plugin_id).await;
        url.map_err(|source| AuthError::Unavailable {
            message: format!("The plugin '{plugin_id}' cannot be found at the moment"),
            source,
        })
    }
}

/// A user's token means the same to every plugin.
fn of_all(token: Fingerprint) -> FoundFor {
    FoundFor {
        token,
        plugin_id: None,
    }
}

fn illegal() -> AuthError {
    AuthError::authentication("Illegal token")
}

#[async_trait]
impl AuthService for PluginAuth {
    async fn authenticate(
        &self,
        token: &str,
        access: TokenAccess,
    ) -> Result<Credentials, AuthError> {
        if token.is_empty() || token.len() > LONGEST {
            return Err(illegal());
        }
        let found = self.examine(token, self.root.clock.now()).await?;
        if found.is_limited && access == TokenAccess::Full {
            return Err(AuthError::authentication("Illegal limited user token"));
        }
        Ok(found.into_credentials(token))
    }

    fn own_service_credentials(&self) -> Credentials<ServicePrincipal> {
        Credentials::service(format!("plugin:{}", self.plugin_id))
    }

    async fn plugin_request_token(
        &self,
        on_behalf_of: &Credentials,
        target_plugin_id: &str,
    ) -> Result<Option<Token>, AuthError> {
        let user = match on_behalf_of.principal() {
            Principal::None if self.root.policy_disabled => return Ok(None),
            Principal::None => {
                let message = "Refused to issue service token for credential type 'none'";
                return Err(AuthError::authentication(message));
            }
            Principal::Service(service) => {
                if service.access_restrictions.is_some() {
                    may_delegate(on_behalf_of.reach(), target_plugin_id)?;
                }
                None
            }
            Principal::User(_) => Some(limited_token(on_behalf_of)?),
        };
        let user = user.as_ref().map(|limited| OnBehalfOf {
            limited_token: limited.token.expose(),
            expires_at: limited.expires_at,
        });
        let now = seconds(self.root.clock.now());
        let claims = PluginClaims::new(&self.plugin_id, target_plugin_id, now, user);
        let claims =
            claims.ok_or_else(|| AuthError::authentication("The user's token has expired"))?;
        let key = self.keys.signing_key().await?;
        let token = key.sign(PLUGIN, &claims);
        let token = token.map_err(|error| AuthError::Unavailable {
            message: "No plugin token can be issued at the moment".to_owned(),
            source: error.into(),
        })?;
        Ok(Some(Token::new(token)))
    }

    async fn limited_user_token(
        &self,
        credentials: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError> {
        limited_token(credentials)
    }

    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        self.keys.public_keys().await
    }
}

fn limited_token<P>(user: &Credentials<P>) -> Result<LimitedUserToken, AuthError> {
    let token = user.token();
    let token = token.ok_or_else(|| {
        AuthError::authentication("Failed to create limited user token, the user has no token")
    })?;
    user_tokens::limit(token)
}
