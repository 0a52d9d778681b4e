//! The default user info: what the token says itself, or else what the auth plugin says.
//!
//! Most tokens only say who the user is. The auth plugin is asked with the token then, and what it says is remembered
//! for five seconds, by the token's hash: enough for the many questions that one page of an app asks at once.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use super::{UserIdentity, UserInfoService};
use crate::auth::{Credentials, Fingerprint, Remembered, Token, UserPrincipal, claimed_owners};
use crate::clock::Clock;
use crate::discovery::Discovery;
use crate::http_client::{HttpClient, HttpClientError};
use crate::http_error::HttpError;

/// How long an answer of the auth plugin is remembered.
const REMEMBERED_FOR: Duration = Duration::from_secs(5);
const REMEMBERED: usize = 1024;

pub(super) struct PluginUserInfo {
    client: HttpClient,
    discovery: Discovery,
    clock: Clock,
    remembered: Remembered<Fingerprint, Vec<String>>,
}

#[derive(Deserialize)]
struct Answer {
    claims: Claims,
}

#[derive(Deserialize)]
struct Claims {
    ent: Vec<String>,
}

impl PluginUserInfo {
    pub(super) fn new(client: HttpClient, discovery: Discovery, clock: Clock) -> Self {
        Self {
            client,
            discovery,
            clock,
            remembered: Remembered::with_room_for(REMEMBERED),
        }
    }

    async fn owners(&self, token: &Token) -> Result<Vec<String>, HttpError> {
        if let Some(owners) = claimed_owners(token.expose()) {
            return Ok(owners);
        }
        let of = Fingerprint::of(token.expose());
        let now = self.clock.now();
        if let Some(known) = self.remembered.get(&of, now) {
            return Ok(known);
        }
        let owners = self.ask(token).await?;
        let until = now + REMEMBERED_FOR;
        self.remembered.insert(of, owners.clone(), until);
        Ok(owners)
    }

    async fn ask(&self, token: &Token) -> Result<Vec<String>, HttpError> {
        let base = self.discovery.base_url("auth").await;
        let base = base.map_err(|error| {
            HttpError::unavailable("The auth plugin cannot be found at the moment")
                .with_source(error)
        })?;
        let call = self.client.get(format!("{base}/v1/userinfo"));
        let answer = call.bearer(token.expose()).send().await?;
        // A refusal says something of the user. What goes wrong inside of the auth plugin is not the client's business.
        let answer = match answer.status().is_client_error() {
            true => answer.forward_error().await?,
            false => answer,
        };
        let answer: Result<Answer, HttpClientError> = match answer.error_for_status() {
            Ok(answer) => answer.json().await,
            Err(error) => Err(error),
        };
        Ok(answer?.claims.ent)
    }
}

#[async_trait]
impl UserInfoService for PluginUserInfo {
    async fn user_info(&self, credentials: &Credentials) -> Result<UserIdentity, HttpError> {
        let user = credentials.narrow::<UserPrincipal>();
        let user =
            user.ok_or_else(|| HttpError::internal("Only user credentials are supported"))?;
        let token = user.token().ok_or_else(|| {
            HttpError::internal("these credentials of a user were not made from a token")
        })?;
        Ok(UserIdentity {
            user_entity_ref: user.principal().user_entity_ref.clone(),
            ownership_entity_refs: self.owners(token).await?,
        })
    }
}
