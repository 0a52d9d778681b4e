//! Callers from outside the backend, who prove who they are in ways that the configuration names.
//!
//! They are tried in the order of the configuration, after plugin tokens and user tokens; the first that knows the
//! token decides.

mod custom;
mod jwks;
mod legacy;
mod static_token;

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom_di_core::BoxError;

pub use custom::{ExternalTokenHandler, ExternalTokenVerifier};

use super::AuthError;
use super::jwt::Unverified;
use super::reach::Reach;
use super::remote_keys::RemoteKeys;
use super::settings::{ExternalEntry, ExternalKind};
use crate::clock::Clock;
use custom::{Custom, check_kinds};
use jwks::Jwks;
use legacy::Legacy;
use static_token::StaticToken;

/// A token as the verifiers get it.
pub(super) struct Presented<'a> {
    pub(super) token: &'a str,
    /// Its parts, if it has the form of a JWT.
    pub(super) unverified: Option<Unverified<'a>>,
    pub(super) now: SystemTime,
    /// Where issuers' keys are kept.
    pub(super) keys: &'a RemoteKeys,
}

/// Whose token it is.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) subject: String,
    /// Until when this can be remembered; not at all if asking again costs nothing.
    pub(super) until: Option<SystemTime>,
}

/// One way of the configuration.
#[async_trait]
trait Verifier: Send + Sync {
    /// Whose token it is; none if it is not one of this kind.
    async fn verify(&self, presented: &Presented<'_>) -> Result<Option<Caller>, AuthError>;
}

/// All ways of the configuration.
pub(super) struct ExternalAccess(Vec<Way>);

/// A way, and what callers reach by it.
struct Way {
    verifier: Box<dyn Verifier>,
    reach: Option<Arc<Reach>>,
}

/// A caller and what it may reach.
pub(super) type Found = (Caller, Option<Arc<Reach>>);

impl ExternalAccess {
    /// # Errors
    ///
    /// A type that nobody handles, or that two do, or options that its handler refuses.
    pub(super) fn new(
        entries: &[ExternalEntry],
        handlers: &[Arc<dyn ExternalTokenHandler>],
    ) -> Result<Self, BoxError> {
        check_kinds(handlers)?;
        let mut all = Vec::new();
        for entry in entries {
            let verifier: Box<dyn Verifier> = match &entry.kind {
                ExternalKind::Static { token, subject } => {
                    Box::new(StaticToken::new(token.expose(), subject))
                }
                ExternalKind::Legacy { secret, subject } => {
                    Box::new(Legacy::new(secret.expose(), subject))
                }
                ExternalKind::Jwks(options) => Box::new(Jwks::new(options.clone())),
                ExternalKind::Custom(kind) => {
                    Box::new(Custom::new(kind, &entry.section, handlers)?)
                }
            };
            let reach = entry.reach.clone();
            all.push(Way { verifier, reach });
        }
        Ok(Self(all))
    }

    /// Whose token it is, if anybody knows it. One who cannot say so now does not keep the next from being asked.
    pub(super) async fn verify(
        &self,
        presented: &Presented<'_>,
    ) -> Result<Option<Found>, AuthError> {
        let mut silent = None;
        for Way { verifier, reach } in &self.0 {
            match verifier.verify(presented).await {
                Ok(Some(caller)) => return Ok(Some((caller, reach.clone()))),
                Ok(None) => {}
                Err(error) => silent = silent.or(Some(error)),
            }
        }
        silent.map_or(Ok(None), Err)
    }
}

/// It cannot be found out now whose token it is.
fn unavailable(source: impl Into<BoxError>) -> AuthError {
    AuthError::Unavailable {
        message: "The token cannot be verified at the moment".to_owned(),
        source: source.into(),
    }
}

impl<'a> Presented<'a> {
    pub(super) fn new(token: &'a str, clock: &Clock, keys: &'a RemoteKeys) -> Self {
        Self {
            token,
            unverified: Unverified::read(token),
            now: clock.now(),
            keys,
        }
    }
}
