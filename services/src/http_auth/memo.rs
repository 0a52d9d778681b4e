//! What was found out about the credentials of one request, so that its token is verified once.
//!
//! A result is kept with the access that it was verified for. What passed with a limited token, in a cookie for
//! example, says nothing to those who want a full one. A full token is good for both, because the header
//! `Authorization` comes before the cookie.

use std::sync::OnceLock;

use crate::auth::{Credentials, Principal, TokenAccess};

/// The credentials of one request in one plugin.
#[derive(Debug, Default)]
pub(super) struct CredentialsMemo {
    full: OnceLock<Credentials>,
    limited: OnceLock<Credentials>,
}

impl CredentialsMemo {
    /// What was found out, where tokens count in this way.
    pub(super) fn known(&self, access: TokenAccess) -> Option<&Credentials> {
        let full = self.full.get();
        match access {
            TokenAccess::Full => full,
            TokenAccess::Limited => {
                // Nobody in the header may still be somebody in the cookie.
                let somebody = full.filter(|full| *full.principal() != Principal::None);
                self.limited.get().or(somebody)
            }
        }
    }

    /// Keeps what was found out, unless something is known already.
    pub(super) fn keep(&self, access: TokenAccess, found: &Credentials) {
        let slot = match access {
            TokenAccess::Full => &self.full,
            TokenAccess::Limited => &self.limited,
        };
        slot.get_or_init(|| found.clone());
    }
}
