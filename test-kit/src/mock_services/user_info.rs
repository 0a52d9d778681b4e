//! `core.userInfo` in tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use greenroom::auth::{Credentials, UserPrincipal};
use greenroom::http_auth::Allow;
use greenroom::http_error::HttpError;
use greenroom::user_info::{UserIdentity, UserInfo, UserInfoService};

use crate::TestDouble;
use crate::refusals::Refusals;

/// Knows every user, each the owner of what is its own; other owners are set. It keeps whom it was asked for.
///
/// ```
/// # use greenroom::user_info::UserInfoService as _;
/// # use greenroom_test_kit::{mock_credentials::user, mock_services::FakeUserInfo};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let users = FakeUserInfo::new();
/// users.set_owners("user:default/jane", ["user:default/jane", "group:default/admins"]);
///
/// let jane = user("user:default/jane").credentials().into_any();
/// let known = users.user_info(&jane).await.expect("jane is a user");
/// assert_eq!(known.ownership_entity_refs[1], "group:default/admins");
/// assert_eq!(users.asked(), ["user:default/jane"]);
/// # }
/// ```
#[derive(Debug, Default)]
pub struct FakeUserInfo(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    owners: HashMap<String, Vec<String>>,
    asked: Vec<String>,
}

impl FakeUserInfo {
    /// Knows of no groups.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Knows from now on these as all owners for whom this user can act.
    pub fn set_owners<I: Into<String>>(
        &self,
        user_entity_ref: impl Into<String>,
        owners: impl IntoIterator<Item = I>,
    ) {
        let owners = owners.into_iter().map(Into::into).collect();
        self.lock().owners.insert(user_entity_ref.into(), owners);
    }

    /// The users that were asked for, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.lock().asked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
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
        let mut state = self.lock();
        state.asked.push(user_entity_ref.clone());
        let owners = state.owners.get(&user_entity_ref).cloned();
        Ok(UserIdentity {
            ownership_entity_refs: owners.unwrap_or_else(|| vec![user_entity_ref.clone()]),
            user_entity_ref,
        })
    }
}

impl TestDouble for FakeUserInfo {
    type Service = dyn UserInfoService;

    fn into_service(self: Arc<Self>) -> UserInfo {
        self
    }
}

/// Provides `core.userInfo` by a [`FakeUserInfo`].
#[greenroom::service_factory]
pub fn fake_user_info() -> UserInfo {
    FakeUserInfo::new()
}

mockall::mock! {
    /// A mock of `core.userInfo`.
    pub UserInfoService {}

    #[async_trait]
    impl UserInfoService for UserInfoService {
        async fn user_info(&self, credentials: &Credentials) -> Result<UserIdentity, HttpError>;
    }
}

/// Written by hand, since the method is async.
const _: () = {
    struct Watched {
        mock: Arc<MockUserInfoService>,
        refusals: Refusals,
    }

    #[async_trait]
    impl UserInfoService for Watched {
        async fn user_info(&self, credentials: &Credentials) -> Result<UserIdentity, HttpError> {
            let call = async { self.mock.user_info(credentials).await };
            self.refusals.watch_async(call).await
        }
    }

    __test_double! { MockUserInfoService, UserInfoService }
};
