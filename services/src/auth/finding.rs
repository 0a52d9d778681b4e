//! What was found out about a token, in a form that can be remembered: without the token.

use std::sync::Arc;
use std::time::SystemTime;

use super::jwt::Unverified;
use super::reach::Reach;
use super::remembered::Fingerprint;
use super::{Credentials, Principal, Token};

/// What was found out about a token.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) principal: Principal,
    /// When the caller's credentials end, as plugins see it.
    pub(super) expires_at: Option<SystemTime>,
    /// Whether the token is a limited one of a user, which does not count everywhere.
    pub(super) is_limited: bool,
    pub(super) acts_by: ActsBy,
    pub(super) reach: Option<Arc<Reach>>,
}

/// What is remembered: a finding of a token, for one plugin or for all.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct FoundFor {
    pub(super) token: Fingerprint,
    /// None if the token means the same to every plugin.
    pub(super) plugin_id: Option<Arc<str>>,
}

/// By which token the caller's name can be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActsBy {
    /// None: the plugin acts in its own name.
    Nothing,
    /// The token itself.
    TheToken,
    /// The token inside of it that names the user.
    OnBehalfOf,
}

impl Finding {
    /// The credentials, once more with the token that they were found out from.
    pub(super) fn into_credentials(self, token: &str) -> Credentials {
        let mut credentials = Credentials::from(self.principal).with_reach(self.reach);
        if let Some(time) = self.expires_at {
            credentials = credentials.expiring_at(time);
        }
        match self.acts_by {
            ActsBy::Nothing => credentials,
            ActsBy::TheToken => credentials.with_token(Token::new(token)),
            ActsBy::OnBehalfOf => {
                // It was verified with the token around it.
                let claims = Unverified::read(token).and_then(|token| token.claimed);
                match claims.and_then(|claims| claims.obo) {
                    Some(user) => credentials.with_token(Token::new(user)),
                    None => credentials,
                }
            }
        }
    }
}
