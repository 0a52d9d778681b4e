//! The bodies of answers, with their members in Backstage's order.

use serde::Serialize;

/// A user who has signed in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    pub(crate) profile: Profile,
    pub(crate) backstage_identity: IssuedIdentity,
}

/// What a provider knows of a person; of a guest that is nothing.
#[derive(Serialize)]
pub(crate) struct Profile {}

/// The user's token, and whose it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IssuedIdentity {
    pub(crate) token: String,
    pub(crate) identity: Identity,
    pub(crate) expires_in_seconds: u64,
}

/// The user in the catalog.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) user_entity_ref: String,
    pub(crate) ownership_entity_refs: Vec<String>,
}

/// What is known of the user of a token.
#[derive(Serialize)]
pub(crate) struct UserInfo {
    pub(crate) claims: Claims,
}

/// The claims of a user that tokens leave out.
#[derive(Serialize)]
pub(crate) struct Claims {
    pub(crate) sub: String,
    pub(crate) ent: Vec<String>,
}
