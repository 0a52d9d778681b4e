//! `core.userInfo`: what is known of a user beyond the name, ownership first of all.

mod factory;
mod service;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_di_macros::service;
use serde::{Deserialize, Serialize};

pub use factory::user_info;

use crate::auth::Credentials;
use crate::http_error::HttpError;

/// A user, and in whose name the user owns things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// The user in the catalog, such as `user:default/jane`.
    pub user_entity_ref: String,
    /// The owners that the user can act for: the user, and the groups that the user belongs to.
    pub ownership_entity_refs: Vec<String>,
}

/// Tells what is known of users.
#[service(id = "core.userInfo", provided_by = "greenroom::services::user_info")]
#[async_trait]
pub trait UserInfoService: Send + Sync + 'static {
    /// What is known of the user of these credentials.
    ///
    /// # Errors
    ///
    /// When they are not those of a user, when nothing is known of the user, or the one who knows cannot be asked.
    async fn user_info(&self, credentials: &Credentials) -> Result<UserIdentity, HttpError>;
}

/// The service as a plugin takes it.
pub type UserInfo = Arc<dyn UserInfoService>;
