//! Issues tokens of users, for the auth plugin.
//!
//! A token holds the proof of the limited token that can be made of it. So the limited one is signed first, with the
//! same key and the same times.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use greenroom_di_core::BoxError;
use serde::Serialize;

use super::key_store::{ChosenKeys, KeyStore, MemoryKeys, StaticKeys, Warning};
use super::key_table::KeyUse;
use super::settings::{UserKeys, UserTokenSettings};
use super::user_tokens::{AUDIENCE, LIMITED, LimitedClaims, USER};
use super::written_time::seconds;
use super::{AuthError, PublicKey, RootAuth, Token};
use crate::clock::Clock;
use crate::logger::Logger;

/// Whose table has the keys.
const AUTH_PLUGIN: &str = "auth";

const fn keys_in_memory(is_asked: bool) -> Warning {
    Warning {
        keys: "The keys of users' tokens",
        cost: "after a restart, and in other replicas of the auth plugin, users have to sign in again",
        key: "auth.keyStore.provider",
        is_asked,
        names: "auth.keyStore",
    }
}

/// Issues tokens of users and knows their keys. It does not ask who may have one: that is the auth plugin's to find out.
pub struct UserTokenIssuer {
    issuer: String,
    keys: Arc<dyn KeyStore>,
    clock: Clock,
    lifetime: Duration,
}

/// A token of a user.
#[derive(Clone, Debug)]
pub struct IssuedUserToken {
    /// The token.
    pub token: Token,
    /// When it ends: counted from the second in which it was issued.
    pub expires_at: SystemTime,
    /// How long that is from the moment of the issue.
    pub expires_in: Duration,
}

/// The claims of a token, in the anchor's order.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ent: Option<&'a [String]>,
    aud: &'a str,
    iat: u64,
    exp: u64,
    uip: &'a str,
}

impl RootAuth {
    /// What issues tokens of users in this process, as the issuer at this address. From now on the auth services of all
    /// plugins here know them by their keys, without asking the auth plugin. Called again, the first keys stay.
    ///
    /// # Errors
    ///
    /// The first key of the settings cannot sign, or a command on migrations cannot do what it wants of the table of keys.
    pub async fn user_token_issuer(
        &self,
        settings: &UserTokenSettings,
        issuer: &str,
        logger: Logger,
    ) -> Result<UserTokenIssuer, BoxError> {
        let clock = self.clock.clone();
        let keys: Arc<dyn KeyStore> = match &settings.keys {
            UserKeys::Memory => Arc::new(MemoryKeys::new(
                clock.clone(),
                logger,
                keys_in_memory(true).as_configured(),
                settings.lifetime,
            )),
            UserKeys::Shared { is_asked } => {
                self.shared_keys.prepare(AUTH_PLUGIN, KeyUse::User).await?;
                Arc::new(ChosenKeys::new(
                    AUTH_PLUGIN,
                    KeyUse::User,
                    Arc::clone(&self.shared_keys),
                    clock.clone(),
                    logger,
                    keys_in_memory(*is_asked),
                    settings.lifetime,
                ))
            }
            UserKeys::Static(keys) => Arc::new(
                StaticKeys::new(keys).ok_or("the first static key of users' tokens cannot sign")?,
            ),
        };
        Ok(UserTokenIssuer {
            issuer: issuer.to_owned(),
            keys: self.set_user_keys(keys),
            clock,
            lifetime: settings.lifetime,
        })
    }
}

impl UserTokenIssuer {
    /// A token for this user that begins now. It names the owners that the user can act for, if they are given.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unavailable`] when there is no key to sign with.
    pub async fn issue(
        &self,
        user_entity_ref: &str,
        owners: Option<&[String]>,
    ) -> Result<IssuedUserToken, AuthError> {
        let key = self.keys.signing_key().await?;
        let now = self.clock.now();
        let iat = seconds(now);
        let exp = iat.saturating_add(self.lifetime.as_secs());
        let proof = LimitedClaims::new(user_entity_ref, iat, exp);
        let limited = key.sign(LIMITED, &proof).map_err(unavailable)?;
        let uip = limited.rsplit('.').next().unwrap_or_default();
        let claims = Claims {
            iss: &self.issuer,
            sub: user_entity_ref,
            ent: owners,
            aud: AUDIENCE,
            iat,
            exp,
            uip,
        };
        let token = key.sign(USER, &claims).map_err(unavailable)?;
        let expires_at = UNIX_EPOCH + Duration::from_secs(exp);
        Ok(IssuedUserToken {
            token: Token::new(token),
            expires_at,
            expires_in: expires_at.duration_since(now).unwrap_or_default(),
        })
    }

    /// The keys by which others verify the tokens.
    ///
    /// # Errors
    ///
    /// [`AuthError::Unavailable`] when the store of the keys cannot be read.
    pub async fn public_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        self.keys.public_keys().await
    }
}

fn unavailable(error: jsonwebtoken::errors::Error) -> AuthError {
    AuthError::Unavailable {
        message: "No user token can be issued at the moment".to_owned(),
        source: error.into(),
    }
}

impl fmt::Debug for UserTokenIssuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserTokenIssuer")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
