//! An identity provider as one of its clients knows it: its metadata and keys, fetched when they are needed.
//!
//! They are fetched once for all who wait, and again after an hour, or when a token has a key that is not among them.
//! While a provider is away, what it said before holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use greenroom::prelude::*;
use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{
    AuthType, ClientId, ClientSecret, CsrfToken, JsonWebKeySet, Nonce, PkceCodeChallenge,
    RedirectUrl, Scope,
};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::{Url, form_urlencoded};

use super::error::Failure;
use super::fetch::Fetch;
use super::types::{Client, Metadata};
use crate::settings::Environment;

/// How long metadata and keys are taken for current.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// A client of an identity provider.
pub(crate) struct IdentityProvider {
    pub(super) settings: Environment,
    pub(super) fetch: Fetch,
    pub(super) clock: Clock,
    callback: RedirectUrl,
    tried: Mutex<Tried>,
    /// How often nothing could be learnt.
    failures: AtomicU64,
}

/// What was learnt last, and why nothing was.
#[derive(Default)]
struct Tried {
    known: Option<(Instant, Arc<Known>)>,
    failed: String,
}

/// What a provider has told of itself.
pub(super) struct Known {
    pub(super) client: Client,
    pub(super) issuer: String,
    pub(super) has_user_info: bool,
    revocation: Option<Url>,
}

/// Where to send a browser, and what is to be remembered until it comes back.
pub(crate) struct Start {
    pub(crate) url: Url,
    pub(crate) nonce: Secret<String>,
    pub(crate) verifier: Secret<String>,
}

impl IdentityProvider {
    /// Knows nothing of its provider yet.
    pub(crate) fn new(
        settings: Environment,
        client: HttpClient,
        clock: Clock,
        callback: &Url,
    ) -> Self {
        let deadline = settings.timeout;
        Self {
            settings,
            fetch: Fetch { client, deadline },
            clock,
            callback: RedirectUrl::from_url(callback.clone()),
            tried: Mutex::default(),
            failures: AtomicU64::new(0),
        }
    }

    pub(crate) fn settings(&self) -> &Environment {
        &self.settings
    }

    /// Begins a sign-in.
    pub(crate) async fn start(&self, scope: &str, state: &str) -> Result<Start, HttpError> {
        let known = self.known().await.map_err(|error| self.error(error))?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = state.to_owned();
        let mut request = known
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        // The crate asks for `openid` by itself.
        let scopes = scope.split(' ').filter(|scope| *scope != "openid");
        for scope in scopes {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        if let Some(prompt) = &self.settings.prompt {
            request = request.add_extra_param("prompt", prompt);
        }
        for (name, value) in &self.settings.start_params {
            request = request.add_extra_param(name, value);
        }
        let (url, _, nonce) = request.url();
        Ok(Start {
            url,
            nonce: Secret::new(nonce.secret().clone()),
            verifier: Secret::new(verifier.into_secret()),
        })
    }

    /// Tells the provider that a refresh token is needed no longer, if it wants to know.
    pub(crate) async fn revoke(&self, token: &Secret<String>) -> Result<(), HttpError> {
        let known = self.known().await.map_err(|error| self.error(error))?;
        let Some(url) = known.revocation.clone() else {
            return Ok(());
        };
        // The crate refuses addresses without TLS, but one of this machine, as in development, needs none; those of a
        // provider that has TLS were checked when they were fetched.
        let revoked = async {
            let mut form = vec![
                ("token", token.expose().as_str()),
                ("token_type_hint", "refresh_token"),
            ];
            let call = self.fetch.client.post(&url).deadline(self.fetch.deadline);
            let id = &self.settings.client_id;
            let call = match &self.settings.client_secret {
                Some(secret) if !self.settings.secret_in_body => {
                    call.header("authorization", basic(id, secret.expose()))
                }
                secret => {
                    form.push(("client_id", id));
                    form.extend(
                        secret
                            .iter()
                            .map(|it| ("client_secret", it.expose().as_str())),
                    );
                    call
                }
            };
            call.form(form).send().await?.error_for_status()
        };
        revoked
            .await
            .map(drop)
            .map_err(|error| self.error(error.into()))
    }

    pub(super) fn error(&self, failure: Failure) -> HttpError {
        failure.into_error(&self.settings.key)
    }

    /// What the provider has told of itself; asked now, if it was not before.
    pub(super) async fn known(&self) -> Result<Arc<Known>, Failure> {
        let failures = self.failures.load(Ordering::SeqCst);
        let mut tried = self.tried.lock().await;
        if let Some((at, known)) = &tried.known
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(known));
        }
        // Who waited for a try that failed meanwhile does not try again: nobody could wait for many of them.
        if self.failures.load(Ordering::SeqCst) != failures {
            return Err(Failure::Away(tried.failed.clone()));
        }
        match (self.discover().await, &tried.known) {
            (Ok(known), _) => {
                let known = Arc::new(known);
                tried.known = Some((Instant::now(), Arc::clone(&known)));
                Ok(known)
            }
            (Err(_), Some((_, older))) => {
                let older = Arc::clone(older);
                tried.known = Some((Instant::now(), Arc::clone(&older)));
                Ok(older)
            }
            (Err(failure), None) => {
                if let Failure::Away(why) = &failure {
                    tried.failed.clone_from(why);
                }
                self.failures.fetch_add(1, Ordering::SeqCst);
                Err(failure)
            }
        }
    }

    /// What it tells now, since a key of a token is not among those of `older`.
    pub(super) async fn newer(&self, older: &Arc<Known>) -> Result<Arc<Known>, Failure> {
        let mut tried = self.tried.lock().await;
        if let Some((_, known)) = &tried.known
            && !Arc::ptr_eq(known, older)
        {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(self.discover().await?);
        tried.known = Some((Instant::now(), Arc::clone(&known)));
        Ok(known)
    }

    async fn discover(&self) -> Result<Known, Failure> {
        let settings = &self.settings;
        let call = self.fetch.client.get(&settings.metadata_url);
        let answer = call.deadline(self.fetch.deadline).send().await?;
        let metadata: Metadata = answer.error_for_status()?.json().await?;
        self.check(&metadata).map_err(Failure::Away)?;
        let keys = JsonWebKeySet::fetch_async(metadata.jwks_uri(), &self.fetch).await?;
        let metadata = metadata.set_jwks(keys);
        let revocation = metadata.additional_metadata().revocation_endpoint.as_ref();
        let revocation = revocation.map(|endpoint| endpoint.url().clone());
        let issuer = metadata.issuer().to_string();
        let has_user_info = metadata.userinfo_endpoint().is_some();
        let secret = settings.client_secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.expose().clone()));
        let id = ClientId::new(settings.client_id.clone());
        let method = match settings.secret_in_body {
            true => AuthType::RequestBody,
            false => AuthType::BasicAuth,
        };
        let client = Client::from_provider_metadata(metadata, id, secret)
            .set_redirect_uri(self.callback.clone())
            .set_auth_type(method);
        Ok(Known {
            client,
            issuer,
            has_user_info,
            revocation,
        })
    }

    /// Whether secrets can be sent where the provider wants them.
    fn check(&self, metadata: &Metadata) -> Result<(), String> {
        let Some(token) = metadata.token_endpoint() else {
            return Err("its metadata has no `token_endpoint`".to_owned());
        };
        let revocation = metadata.additional_metadata().revocation_endpoint.as_ref();
        let endpoints = [
            Some((
                "authorization_endpoint",
                metadata.authorization_endpoint().url(),
            )),
            Some(("token_endpoint", token.url())),
            Some(("jwks_uri", metadata.jwks_uri().url())),
            metadata
                .userinfo_endpoint()
                .map(|endpoint| ("userinfo_endpoint", endpoint.url())),
            revocation.map(|endpoint| ("revocation_endpoint", endpoint.url())),
        ];
        let is_safe = self.settings.metadata_url.scheme() == "https";
        for (name, url) in endpoints.into_iter().flatten() {
            let fits = match url.scheme() {
                "https" => true,
                "http" => !is_safe,
                _ => false,
            };
            if !fits {
                return Err(format!("its `{name}` is not one of `https`"));
            }
        }
        Ok(())
    }
}

/// The header by which a client proves itself; id and secret are encoded as in a form, by RFC 6749.
fn basic(id: &str, secret: &str) -> String {
    let encoded =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", BASE64.encode(pair))
}
