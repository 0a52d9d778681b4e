//! A mock of `core.auth`. Its watching is written by hand, since most of its methods are async.

use std::sync::Arc;

use async_trait::async_trait;
use greenroom::auth::{
    AuthError, AuthService, Credentials, LimitedUserToken, PublicKey, ServicePrincipal, Token,
    TokenAccess, UserPrincipal,
};

use crate::refusals::Refusals;

mockall::mock! {
    /// A mock of `core.auth`.
    pub AuthService {}

    #[async_trait]
    impl AuthService for AuthService {
        async fn authenticate(
            &self,
            token: &str,
            access: TokenAccess,
        ) -> Result<Credentials, AuthError>;
        fn own_service_credentials(&self) -> Credentials<ServicePrincipal>;
        async fn plugin_request_token(
            &self,
            on_behalf_of: &Credentials,
            target_plugin_id: &str,
        ) -> Result<Option<Token>, AuthError>;
        async fn limited_user_token(
            &self,
            credentials: &Credentials<UserPrincipal>,
        ) -> Result<LimitedUserToken, AuthError>;
        async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError>;
    }
}

struct Watched {
    mock: Arc<MockAuthService>,
    refusals: Refusals,
}

#[async_trait]
impl AuthService for Watched {
    async fn authenticate(
        &self,
        token: &str,
        access: TokenAccess,
    ) -> Result<Credentials, AuthError> {
        let call = async { self.mock.authenticate(token, access).await };
        self.refusals.watch_async(call).await
    }

    fn own_service_credentials(&self) -> Credentials<ServicePrincipal> {
        self.refusals.watch(|| self.mock.own_service_credentials())
    }

    async fn plugin_request_token(
        &self,
        on_behalf_of: &Credentials,
        target_plugin_id: &str,
    ) -> Result<Option<Token>, AuthError> {
        let call = async {
            let mock = &self.mock;
            mock.plugin_request_token(on_behalf_of, target_plugin_id)
                .await
        };
        self.refusals.watch_async(call).await
    }

    async fn limited_user_token(
        &self,
        credentials: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError> {
        let call = async { self.mock.limited_user_token(credentials).await };
        self.refusals.watch_async(call).await
    }

    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        let call = async { self.mock.list_public_service_keys().await };
        self.refusals.watch_async(call).await
    }
}

__test_double! { MockAuthService, AuthService }
