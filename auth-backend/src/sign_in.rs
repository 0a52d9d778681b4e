//! What happens when somebody has proved who it is: a token is issued, and what it does not say is remembered.

use greenroom::auth::{PublicKey, UserTokenIssuer};
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;

use crate::answers::{Identity, IssuedIdentity};
use crate::store::Users;

/// Signs users in.
pub(crate) struct SignIn {
    issuer: UserTokenIssuer,
    users: Users,
    names_owners: bool,
}

impl SignIn {
    pub(crate) fn new(issuer: UserTokenIssuer, users: Users, names_owners: bool) -> Self {
        Self {
            issuer,
            users,
            names_owners,
        }
    }

    /// A token for this user.
    pub(crate) async fn user(&self, user: UserIdentity) -> Result<IssuedIdentity, ApiError> {
        let UserIdentity {
            user_entity_ref,
            ownership_entity_refs,
        } = user;
        let owners = &ownership_entity_refs[..];
        let named = self.names_owners.then_some(owners);
        let issued = self.issuer.issue(&user_entity_ref, named).await?;
        // Known before anybody has the token.
        let known = self.users.put(&user_entity_ref, owners, issued.expires_at);
        known.await?;
        Ok(IssuedIdentity {
            token: issued.token.expose().to_owned(),
            identity: Identity {
                kind: "user",
                user_entity_ref,
                ownership_entity_refs,
            },
            expires_in_seconds: issued.expires_in.as_secs(),
        })
    }

    /// The owners that a user can act for, if the user has signed in here.
    pub(crate) async fn owners(&self, user: &str) -> Result<Option<Vec<String>>, ApiError> {
        Ok(self.users.owners(user).await?)
    }

    /// The keys of the tokens.
    pub(crate) async fn public_keys(&self) -> Result<Vec<PublicKey>, ApiError> {
        Ok(self.issuer.public_keys().await?)
    }
}
