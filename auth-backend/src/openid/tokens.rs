//! From what the token endpoint gives to a person: ID tokens are verified, and completed by the user info.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use greenroom::prelude::*;
use greenroom_auth_node::SignInProfile;
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, Nonce, OAuth2TokenResponse as _, PkceCodeVerifier,
    RefreshToken, SignatureVerificationError, TokenResponse as _,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::Failure;
use super::provider::{IdentityProvider, Known};
use super::types::{IdClaims, Tokens, UserInfo};
use crate::resolvers::Person;

/// What a provider has given for somebody.
pub(crate) struct Session {
    pub(crate) id_token: Option<String>,
    pub(crate) access_token: String,
    pub(crate) expires_in: Option<u64>,
    /// For the cookie alone.
    pub(crate) refresh_token: Option<Secret<String>>,
    pub(crate) person: Person,
}

/// What a provider has given in place of a refresh token, before anything of it is verified.
pub(crate) struct Refreshed {
    known: Arc<Known>,
    tokens: Tokens,
}

impl Refreshed {
    /// The next refresh token. The one before may be worth nothing from now on, whatever becomes of the session.
    pub(crate) fn refresh_token(&self) -> Option<Secret<String>> {
        refresh_token(&self.tokens)
    }
}

impl IdentityProvider {
    /// The session that a code stands for, which the provider has given to a browser that was sent with this nonce and
    /// the challenge of this verifier.
    pub(crate) async fn exchange(
        &self,
        code: String,
        nonce: &Secret<String>,
        verifier: &Secret<String>,
    ) -> Result<Session, HttpError> {
        let exchanged = async {
            let known = self.known().await?;
            let request = known.client.exchange_code(AuthorizationCode::new(code));
            let request = request.map_err(|_| no_token_endpoint())?;
            let verifier = PkceCodeVerifier::new(verifier.expose().clone());
            let request = request.set_pkce_verifier(verifier);
            let tokens = request.request_async(&self.fetch).await?;
            if tokens.id_token().is_none() {
                return Err(Failure::Invalid("there is no ID token"));
            }
            let nonce = Nonce::new(nonce.expose().clone());
            self.session(known, tokens, Some(&nonce)).await
        };
        exchanged.await.map_err(|failure| self.error(failure))
    }

    /// What the provider gives in place of a refresh token.
    pub(crate) async fn refresh(&self, token: &Secret<String>) -> Result<Refreshed, HttpError> {
        let refreshed = async {
            let known = self.known().await?;
            let token = RefreshToken::new(token.expose().clone());
            let request = known.client.exchange_refresh_token(&token);
            let request = request.map_err(|_| no_token_endpoint())?;
            let tokens = request.request_async(&self.fetch).await?;
            Ok(Refreshed { known, tokens })
        };
        refreshed.await.map_err(|failure| self.error(failure))
    }

    /// The new session, in place of the one that was refreshed.
    pub(crate) async fn refreshed(&self, given: Refreshed) -> Result<Session, HttpError> {
        let Refreshed { known, tokens } = given;
        let session = self.session(known, tokens, None).await;
        session.map_err(|failure| self.error(failure))
    }

    /// Whether an answer that names its issuer comes from this one. A provider need not name it.
    pub(crate) async fn check_issuer(&self, issuer: &str) -> Result<(), HttpError> {
        let known = self.known().await.map_err(|failure| self.error(failure))?;
        match known.issuer == issuer {
            true => Ok(()),
            false => Err(self.error(Failure::Invalid("it comes from another issuer"))),
        }
    }

    async fn session(
        &self,
        known: Arc<Known>,
        tokens: Tokens,
        nonce: Option<&Nonce>,
    ) -> Result<Session, Failure> {
        let (known, proved) = match self.verify(&known, &tokens, nonce) {
            Err(error) if is_of_unknown_key(&error) => {
                let newer = self.newer(&known).await?;
                let proved = self.verify(&newer, &tokens, nonce);
                let proved = proved.map_err(|error| Failure::from(&error))?;
                (newer, proved)
            }
            Err(error) => return Err((&error).into()),
            Ok(proved) => (known, proved),
        };
        let told = self.user_info(&known, &tokens, proved.as_ref()).await?;
        let subject = match (&proved, &told) {
            (Some(proved), _) => proved.subject().to_string(),
            (None, Some(told)) => told.subject().to_string(),
            (None, None) => return Err(Failure::Invalid("it does not say who somebody is")),
        };
        let mut claims = proved.as_ref().map(members).unwrap_or_default();
        let told = told.as_ref().map(members).unwrap_or_default();
        let unverified = [&claims, &told]
            .into_iter()
            .any(|claims| claims.get("email_verified") == Some(&Value::Bool(false)));
        claims.extend(told);
        if unverified {
            // One of the two knows that the address is not proved, and it need not be the one that has it.
            claims.insert("email_verified".to_owned(), Value::Bool(false));
        }
        Ok(Session {
            id_token: tokens.id_token().map(ToString::to_string),
            access_token: tokens.access_token().secret().clone(),
            expires_in: tokens.expires_in().map(|lasts| lasts.as_secs()),
            refresh_token: refresh_token(&tokens),
            person: Person {
                issuer: known.issuer.clone(),
                subject,
                profile: profile(&claims),
                claims,
            },
        })
    }

    /// The claims of the ID token, if there is one. A refreshed session need not have a new one, and it need not name a
    /// nonce: nobody was sent anywhere.
    fn verify(
        &self,
        known: &Known,
        tokens: &Tokens,
        nonce: Option<&Nonce>,
    ) -> Result<Option<IdClaims>, ClaimsVerificationError> {
        let Some(token) = tokens.id_token() else {
            return Ok(None);
        };
        let clock = self.clock.clone();
        let verifier = known
            .client
            .id_token_verifier()
            .set_allowed_algs([self.settings.algorithm.clone()])
            // Whether the others are welcome is said by `azp`, below.
            .set_other_audience_verifier_fn(|_| true)
            .set_time_fn(move || DateTime::<Utc>::from(clock.now()));
        let claims = token.claims(&verifier, |claimed: Option<&Nonce>| match nonce {
            Some(nonce) => openidconnect::NonceVerifier::verify(nonce, claimed),
            None => Ok(()),
        })?;
        let party = claims.authorized_party().map(|party| party.as_str());
        let is_ours = party == Some(self.settings.client_id.as_str());
        if !is_ours && (party.is_some() || claims.audiences().len() > 1) {
            let message = "the authorized party is another one".to_owned();
            return Err(ClaimsVerificationError::InvalidAudience(message));
        }
        Ok(Some(claims.clone()))
    }

    /// What the provider tells beside the ID token, of the same person.
    async fn user_info(
        &self,
        known: &Known,
        tokens: &Tokens,
        proved: Option<&IdClaims>,
    ) -> Result<Option<UserInfo>, Failure> {
        if !known.has_user_info {
            return Ok(None);
        }
        let subject = proved.map(|proved| proved.subject().clone());
        let token = tokens.access_token().clone();
        let request = known.client.user_info(token, subject);
        let request = request.map_err(|_| no_token_endpoint())?;
        Ok(Some(request.request_async(&self.fetch).await?))
    }
}

fn refresh_token(tokens: &Tokens) -> Option<Secret<String>> {
    let token = tokens.refresh_token();
    token.map(|token| Secret::new(token.secret().clone()))
}

fn no_token_endpoint() -> Failure {
    Failure::Away("its metadata lacks an endpoint".to_owned())
}

/// Whether newer keys could verify the token.
fn is_of_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
                | SignatureVerificationError::CryptoError(_)
                | SignatureVerificationError::AmbiguousKeyId(_)
        )
    )
}

fn members(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn profile(claims: &Map<String, Value>) -> SignInProfile {
    let text = |name| {
        let text = claims.get(name).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut profile = SignInProfile::default();
    profile.email = text("email");
    profile.picture = text("picture");
    profile.display_name = text("name");
    profile
}
