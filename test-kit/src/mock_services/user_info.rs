//! `core.userInfo` of a test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use greenroom::RootContext;
use greenroom::auth::{Credentials, UserPrincipal};
use greenroom::http_auth::Allow;
use greenroom::http_error::HttpError;
use greenroom::user_info::{UserIdentity, UserInfoService};

/// Knows every user, each the owner of what is its own; other owners are set. Clones share what they know and what
/// they were asked, so that a test keeps one:
///
/// ```
/// # use greenroom::prelude::*;
/// # use greenroom_test_kit::{mock_services::FakeUserInfo, test_backend};
/// # #[backend_plugin(id = "example")]
/// # async fn plugin() {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let users = FakeUserInfo::new().owning("user:default/jane", ["group:default/admins"]);
/// let backend = test_backend![plugin].input(users.clone()).start().await;
/// assert!(users.asked().is_empty());
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct FakeUserInfo(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    owners: HashMap<String, Vec<String>>,
    asked: Vec<String>,
}

impl FakeUserInfo {
    /// Knows of no groups.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with these as all owners for whom this user can act.
    #[must_use]
    pub fn owning<I: Into<String>>(
        self,
        user_entity_ref: impl Into<String>,
        owners: impl IntoIterator<Item = I>,
    ) -> Self {
        let owners = owners.into_iter().map(Into::into).collect();
        self.state().owners.insert(user_entity_ref.into(), owners);
        self
    }

    /// The users that were asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl UserInfoService for FakeUserInfo {
    async fn user_info(&self, credentials: &Credentials) -> Result<UserIdentity, HttpError> {
        let user = Allow::USER.check(credentials.clone())?;
        let user = user
            .narrow::<UserPrincipal>()
            .expect("nobody else was let in");
        let user_entity_ref = user.principal().user_entity_ref.clone();
        let mut state = self.state();
        state.asked.push(user_entity_ref.clone());
        let owners = state.owners.get(&user_entity_ref).cloned();
        Ok(UserIdentity {
            ownership_entity_refs: owners.unwrap_or_else(|| vec![user_entity_ref.clone()]),
            user_entity_ref,
        })
    }
}

/// Provides `core.userInfo` by the [`FakeUserInfo`] among the backend's inputs, or by a new one.
#[greenroom::service_factory]
pub fn fake_user_info(context: Arc<RootContext>) -> Arc<dyn UserInfoService> {
    let given = context.input::<FakeUserInfo>().cloned();
    Arc::new(given.unwrap_or_default())
}
