//! The routes of a provider: `start`, `handler/frame`, `refresh` and `logout`, each of the environment that the app
//! asks for.
//!
//! A browser that comes back always gets a page, also when it must not come in: the window that it is in has to tell the
//! app, and to close. Everything else answers as any route does.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, LOCATION, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use greenroom::logger::fields_of_error;
use greenroom::prelude::*;
use openidconnect::CsrfToken;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};

use super::cookies::{Cookies, SIGN_IN_TIME, Sent, SetCookies};
use super::scope;
use super::state::OAuthState;
use super::web_message::{Outcome, page};
use crate::answers::{ProviderInfo, SignedIn};
use crate::openid::{IdentityProvider, Session};
use crate::origins::{AllowedOrigins, origin_of};
use crate::person::People;
use crate::store::{Pending, PendingSignIns};

/// The environments of a provider, by name.
pub(crate) struct Environments {
    pub(crate) provider: &'static str,
    pub(crate) all: BTreeMap<String, Journey>,
    pub(crate) origins: AllowedOrigins,
    pub(crate) pending: PendingSignIns,
    pub(crate) logger: Logger,
}

/// There and back again, for one environment.
pub(crate) struct Journey {
    identity_provider: IdentityProvider,
    cookies: Cookies,
    people: People,
}

impl Journey {
    /// By this client of a provider, to whose `callback` browsers come back.
    pub(crate) fn new(
        provider: &str,
        callback: &Url,
        identity_provider: IdentityProvider,
        people: People,
    ) -> Self {
        let session = identity_provider.settings().session;
        Self {
            cookies: Cookies::new(provider, callback, session),
            identity_provider,
            people,
        }
    }
}

type Provider = State<Arc<Environments>>;

/// The routes, below the provider's id.
pub(crate) fn mount(environments: Arc<Environments>) -> Router {
    let id = environments.provider;
    let path = |below: &str| format!("/{id}/{below}");
    Router::new()
        .route(&path("start"), get(start))
        .route(&path("handler/frame"), get(frame).post(frame))
        .route(&path("refresh"), get(refresh).post(refresh))
        .route(&path("logout"), post(logout))
        .with_state(environments)
}

/// The parameters of a query. Of two of one name the first counts.
struct Params(Vec<(String, String)>);

impl Params {
    fn of(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default();
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// A parameter that says something.
    fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(found, _)| found == name);
        let value = named.next().map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}

impl Environments {
    /// The environment that a request is for.
    fn journey(&self, params: &Params) -> Result<(&str, &Journey), HttpError> {
        let of_state;
        let name = match (params.get("env"), params.get("state")) {
            (Some(name), _) => name,
            (None, Some(state)) => {
                of_state = OAuthState::decode(state)?.env;
                &of_state
            }
            (None, None) => {
                let message = "Must specify 'env' query to select environment";
                return Err(HttpError::input(message));
            }
        };
        match self.all.get_key_value(name) {
            Some((name, journey)) => Ok((name, journey)),
            None => Err(HttpError::not_found(format!(
                "No configuration available for the '{name}' environment of this provider."
            ))),
        }
    }

    /// The origin of an address, if people may sign in from there.
    fn allowed(&self, origin: String) -> Result<String, HttpError> {
        match self.origins.allow(&origin) {
            true => Ok(origin),
            false => Err(HttpError::not_allowed(format!(
                "Origin '{origin}' is not allowed"
            ))),
        }
    }

    /// For a script of the app alone: a page of another site can make a browser send a request with its cookies, but
    /// not with this header, and says by `Origin` where it comes from.
    fn origin_of_script(&self, headers: &HeaderMap) -> Result<String, HttpError> {
        let by = headers.get("x-requested-with");
        if by.is_none_or(|by| by != "XMLHttpRequest") {
            let message = "Invalid X-Requested-With header";
            return Err(HttpError::authentication(message));
        }
        match headers.get(ORIGIN) {
            None => Ok(self.origins.app().to_owned()),
            Some(origin) => self.allowed(String::from_utf8_lossy(origin.as_bytes()).into_owned()),
        }
    }
}

/// Sends a browser to the provider.
async fn start(
    State(all): Provider,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let params = Params::of(query.as_deref());
    let (env, journey) = all.journey(&params)?;
    let invalid = || HttpError::input("App origin is invalid, failed to parse");
    let origin = params.get("origin");
    let origin = origin.map(|origin| origin_of(origin).ok_or_else(invalid));
    let origin = origin.transpose()?;
    let origin = origin.map(|origin| all.allowed(origin)).transpose()?;
    let redirect_url = params.get("redirectUrl");
    if let Some(url) = redirect_url {
        let invalid = || HttpError::input("The redirectUrl is invalid, failed to parse");
        all.allowed(origin_of(url).ok_or_else(invalid)?)?;
    }
    let cookies = &journey.cookies;
    let granted = cookies.sent_scope(&Sent::of(&headers));
    let requested = params.get("scope").unwrap_or_default();
    let settings = journey.identity_provider.settings();
    let scope = scope::combined(requested, &granted, &settings.additional_scopes);

    let nonce = CsrfToken::new_random().into_secret();
    let state = OAuthState {
        nonce: nonce.clone(),
        env: env.to_owned(),
        origin: origin.clone(),
        redirect_url: redirect_url.map(str::to_owned),
        flow: params.get("flow").map(str::to_owned),
        scope: Some(scope.clone()),
    };
    let state = state.encode()?;
    let start = journey.identity_provider.start(&scope, &state).await?;
    let pending = Pending {
        state: hash(&state),
        nonce: start.nonce,
        verifier: start.verifier,
    };
    let id = hash(&nonce);
    all.pending.put(&id, pending, SIGN_IN_TIME).await?;

    let mut set = SetCookies::default();
    let origin = origin.as_deref().unwrap_or(all.origins.app());
    cookies.set_nonce(origin, &nonce, &mut set);
    let mut response = redirect(start.url.as_str())?;
    set.into_headers(response.headers_mut());
    Ok(response)
}

/// Lets in who has come back from the provider.
async fn frame(
    State(all): Provider,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let params = Params::of(query.as_deref());
    let (env, journey) = all.journey(&params)?;
    let sent = Sent::of(&headers);
    let mut back = Back {
        origin: all.origins.app().to_owned(),
        redirect: None,
    };
    let come = come_back(&all, env, journey, &params, &sent, &mut back).await;
    let (mut response, set) = match (come, back.redirect) {
        (Ok((_, set)), Some(to)) => (redirect(to.as_str())?, set),
        (Ok((signed_in, set)), None) => (page(&back.origin, Outcome::Response(signed_in))?, set),
        (Err(error), to) => {
            let (name, message) = told(&error);
            let mut fields = fields_of_error(&error);
            fields.insert("env".to_owned(), env.into());
            let provider = all.provider;
            let line = format!("A sign-in by `{provider}` has failed: {message}");
            all.logger.warn_with(line, Value::Object(fields));
            let response = match to {
                Some(mut to) => {
                    to.query_pairs_mut().append_pair("error", &message);
                    redirect(to.as_str())?
                }
                None => page(&back.origin, Outcome::<()>::Error { name, message })?,
            };
            (response, SetCookies::default())
        }
    };
    set.into_headers(response.headers_mut());
    Ok(response)
}

/// Where the outcome is told.
struct Back {
    /// To a window of this origin,
    origin: String,
    /// or at this address, if there is no window.
    redirect: Option<Url>,
}

async fn come_back(
    all: &Environments,
    env: &str,
    journey: &Journey,
    params: &Params,
    sent: &Sent,
    back: &mut Back,
) -> Result<(SignedIn, SetCookies), HttpError> {
    let text = params.get("state").unwrap_or_default();
    let state = OAuthState::decode(text)?;
    if let Some(origin) = &state.origin {
        let invalid = || HttpError::not_allowed("App origin is invalid, failed to parse");
        back.origin = all.allowed(origin_of(origin).ok_or_else(invalid)?)?;
    }
    let cookie = journey.cookies.sent_nonce(sent);
    let missing = || HttpError::not_allowed("Auth response is missing cookie nonce");
    let cookie = cookie.ok_or_else(missing)?;
    if !bool::from(cookie.as_bytes().ct_eq(state.nonce.as_bytes())) {
        return Err(HttpError::not_allowed("Invalid nonce"));
    }
    let pending = all.pending.take(&hash(&state.nonce)).await?;
    let pending = pending.filter(|pending| pending.state == hash(text) && state.env == env);
    let over = || HttpError::not_allowed("The sign-in has ended already, or took too long");
    let pending = pending.ok_or_else(over)?;
    // From here on the state is what was sent from here.
    if state.redirects() {
        let url = state.redirect_url.as_deref();
        let url = url.ok_or_else(|| {
            HttpError::input("No redirectUrl provided in request query parameters")
        })?;
        back.redirect = Some(Url::parse(url).map_err(HttpError::internal)?);
    }
    if let Some(issuer) = params.get("iss") {
        journey.identity_provider.check_issuer(issuer).await?;
    }
    if let Some(error) = params.get("error") {
        return Err(rejected(error, params.get("error_description")));
    }
    let code = params.get("code").map(str::to_owned);
    let code = code.ok_or_else(|| HttpError::input("Authentication failed, there is no code"))?;
    let provider = &journey.identity_provider;
    let session = provider.exchange(code, &pending.nonce, &pending.verifier);
    let session = session.await?;
    let scope = state.scope.unwrap_or_default();
    let mut set = SetCookies::default();
    let signed_in = let_in(journey, &session, &scope).await?;
    journey
        .cookies
        .set_scope(&back.origin, &scope, sent, &mut set);
    if let Some(token) = &session.refresh_token {
        let cookies = &journey.cookies;
        cookies.set_refresh_token(&back.origin, token.expose(), sent, &mut set);
    }
    Ok((signed_in, set))
}

/// A new session in place of the one that the cookie stands for.
async fn refresh(
    State(all): Provider,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let params = Params::of(query.as_deref());
    let (_, journey) = all.journey(&params)?;
    let origin = all.origin_of_script(&headers)?;
    let sent = Sent::of(&headers);
    let mut set = SetCookies::default();
    let refreshed = refreshed(journey, &params, &sent, &origin, &mut set).await;
    let mut response = match refreshed {
        Ok(signed_in) => Json(signed_in).into_response(),
        // The session may be a good one, so it must not look as if it were over.
        Err(error) if error.status().is_server_error() => error.into_response(),
        Err(error) => {
            let failed = HttpError::authentication("Refresh failed");
            failed.with_cause(error).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set.into_headers(headers);
    Ok(response)
}

/// The new session. Its cookies are set as soon as they are known, also when what comes after them fails: the provider
/// may take the old refresh token no more.
async fn refreshed(
    journey: &Journey,
    params: &Params,
    sent: &Sent,
    origin: &str,
    set: &mut SetCookies,
) -> Result<SignedIn, HttpError> {
    let cookies = &journey.cookies;
    let token = cookies.sent_refresh_token(sent);
    let token = token.ok_or_else(|| HttpError::input("Missing session cookie"))?;
    let token = Secret::new(token);
    let requested = params.get("scope").unwrap_or_default();
    let granted = cookies.sent_scope(sent);
    let additional = &journey.identity_provider.settings().additional_scopes;
    let scope = scope::combined(requested, &granted, additional);
    let provider = &journey.identity_provider;
    let given = provider.refresh(&token).await?;
    let newer = given.refresh_token();
    if let Some(newer) = newer.filter(|newer| newer.expose() != token.expose()) {
        cookies.set_refresh_token(origin, newer.expose(), sent, set);
    }
    let session = provider.refreshed(given).await?;
    cookies.set_scope(origin, &scope, sent, set);
    let_in(journey, &session, &scope).await
}

/// Ends a session: here for sure, and at the provider if it can be told.
async fn logout(
    State(all): Provider,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let params = Params::of(query.as_deref());
    let (_, journey) = all.journey(&params)?;
    let origin = all.origin_of_script(&headers)?;
    let sent = Sent::of(&headers);
    if let Some(token) = journey.cookies.sent_refresh_token(&sent) {
        let revoked = journey.identity_provider.revoke(&Secret::new(token)).await;
        if let Err(error) = revoked {
            let line = "A session has ended here, but the identity provider was not told";
            let fields = Value::Object(fields_of_error(&error));
            all.logger.warn_with(line, fields);
        }
    }
    let mut set = SetCookies::default();
    journey.cookies.end_session(&origin, &sent, &mut set);
    let mut response = StatusCode::OK.into_response();
    set.into_headers(response.headers_mut());
    Ok(response)
}

/// The answer for somebody whom the provider knows.
async fn let_in(journey: &Journey, session: &Session, scope: &str) -> Result<SignedIn, HttpError> {
    let identity = journey.people.sign_in(&session.person).await?;
    Ok(SignedIn {
        profile: (&session.person.profile).into(),
        provider_info: Some(ProviderInfo {
            id_token: session.id_token.clone(),
            access_token: session.access_token.clone(),
            scope: scope.to_owned(),
            expires_in_seconds: session.expires_in,
        }),
        backstage_identity: identity,
    })
}

/// What the provider says when it does not let somebody in, as short as it has to be.
fn rejected(error: &str, description: Option<&str>) -> HttpError {
    let error: String = error.chars().take(64).collect();
    let mut message = format!("Authentication rejected, {error}");
    if let Some(description) = description {
        let description: String = description.chars().take(256).collect();
        message.push_str(&format!(" ({description})"));
    }
    HttpError::authentication(message)
}

/// What a person is told of an error; of one inside of this backend that is nothing.
fn told(error: &HttpError) -> (String, String) {
    let message = match error.message() {
        "" => "The sign-in has failed".to_owned(),
        message => message.to_owned(),
    };
    (error.name().to_owned(), message)
}

fn redirect(to: &str) -> Result<Response, ApiError> {
    let to = HeaderValue::try_from(to)?;
    let no_store = HeaderValue::from_static("no-store");
    let headers = [(LOCATION, to), (CACHE_CONTROL, no_store)];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// In place of a text, where only who has the text may find something: a sign-in waits under that of its nonce, so that
/// who reads a store cannot come back in somebody's place.
fn hash(text: &str) -> String {
    BASE64.encode(Sha256::digest(text))
}
