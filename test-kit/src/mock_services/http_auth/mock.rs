//! A mock of `core.httpAuth`. Its watching is written by hand, since its methods are async.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom::auth::{AuthError, Credentials};
use greenroom::http_auth::{Allow, HttpAuthService};
use http::HeaderMap;
use http::request::Parts;

use crate::refusals::Refusals;

mockall::mock! {
    /// A mock of `core.httpAuth`.
    pub HttpAuthService {}

    #[async_trait]
    impl HttpAuthService for HttpAuthService {
        async fn credentials(
            &self,
            request: &Parts,
            allow: Allow,
        ) -> Result<Credentials, AuthError>;
        async fn issue_user_cookie(
            &self,
            request: &Parts,
            response: &mut HeaderMap,
            credentials: Option<Credentials>,
        ) -> Result<SystemTime, AuthError>;
    }
}

struct Watched {
    mock: Arc<MockHttpAuthService>,
    refusals: Refusals,
}

#[async_trait]
impl HttpAuthService for Watched {
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        let call = async { self.mock.credentials(request, allow).await };
        self.refusals.watch_async(call).await
    }

    async fn issue_user_cookie(
        &self,
        request: &Parts,
        response: &mut HeaderMap,
        credentials: Option<Credentials>,
    ) -> Result<SystemTime, AuthError> {
        let call = async {
            let mock = &self.mock;
            mock.issue_user_cookie(request, response, credentials).await
        };
        self.refusals.watch_async(call).await
    }
}

__test_double! { MockHttpAuthService, HttpAuthService }
