//! A small `core.httpAuth` for the tests of the HTTP services: its tokens are words, and it keeps what it was asked.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use http::HeaderMap;
use http::request::Parts;

use super::{Allow, HttpAuthService, shown_token};
use crate::auth::{AuthError, Credentials, TokenAccess};

/// Knows the tokens `user`, `limited` and `service`.
#[derive(Default)]
pub(crate) struct WordHttpAuth {
    asked: Mutex<Vec<TokenAccess>>,
}

impl WordHttpAuth {
    /// For which access tokens were verified, in order.
    pub(crate) fn asked(&self) -> Vec<TokenAccess> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

#[async_trait]
impl HttpAuthService for WordHttpAuth {
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        let access = allow.token_access();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(access);
        drop(asked);
        let found = match (shown_token(&request.headers, access), access) {
            (None, _) => Credentials::none().into_any(),
            (Some("user"), _) | (Some("limited"), TokenAccess::Limited) => {
                Credentials::user("user:default/jane").into_any()
            }
            (Some("service"), _) => Credentials::service("plugin:shop").into_any(),
            _ => return Err(AuthError::authentication("Illegal token")),
        };
        allow.check(found)
    }

    async fn issue_user_cookie(
        &self,
        _: &Parts,
        _: &mut HeaderMap,
        _: Option<Credentials>,
    ) -> Result<SystemTime, AuthError> {
        Ok(UNIX_EPOCH)
    }
}
