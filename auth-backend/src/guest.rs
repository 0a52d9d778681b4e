//! The provider of guests: lets everybody in, as one user.

use std::sync::Arc;

use greenroom::http_error::HttpError;
use greenroom::user_info::UserIdentity;
use greenroom_auth_node::{SignInAttempt, SignInResolver};

/// Who guests are.
#[derive(Clone)]
pub(crate) struct Guest {
    user: UserIdentity,
    resolver: Option<Arc<dyn SignInResolver>>,
}

impl Guest {
    /// The guest of the configuration, unless a module knows better.
    pub(crate) fn new(user: UserIdentity, resolver: Option<Arc<dyn SignInResolver>>) -> Self {
        Self { user, resolver }
    }

    /// The user that the next guest is.
    pub(crate) async fn resolve(&self) -> Result<UserIdentity, HttpError> {
        let user = self.user.clone();
        match &self.resolver {
            Some(resolver) => resolver.resolve(SignInAttempt::new("guest", user)).await,
            None => Ok(user),
        }
    }
}
