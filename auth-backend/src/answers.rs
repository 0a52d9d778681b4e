//! The bodies of answers, with their members in Backstage's order.

use greenroom_auth_node::SignInProfile;
use serde::Serialize;

/// A user who has signed in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    pub(crate) profile: Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider_info: Option<ProviderInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backstage_identity: Option<IssuedIdentity>,
}

/// What a provider knows of a person; of a guest that is nothing.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
}

impl From<&SignInProfile> for Profile {
    fn from(profile: &SignInProfile) -> Self {
        Self {
            email: profile.email.clone(),
            picture: profile.picture.clone(),
            display_name: profile.display_name.clone(),
        }
    }
}

/// The provider's own tokens, for what the app does in its name. The refresh token is not among them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProviderInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
    pub(crate) access_token: String,
    pub(crate) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in_seconds: Option<u64>,
}

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
