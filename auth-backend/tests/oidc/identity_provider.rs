//! An identity provider: as strict as a good one, and as wrong as a test wants it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use axum::extract::{Form, Query, State};
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::elliptic_curve::rand_core::OsRng;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::pkcs8::EncodePrivateKey as _;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The time in all tests, in seconds.
pub(crate) const NOW: u64 = 1_700_000_000;

pub(crate) const CLIENT: &str = "portal";
pub(crate) const SECRET: &str = "client-secret+1";

/// Small, because a debug build makes large ones for a minute, and there is nothing to protect.
static RSA: LazyLock<rsa::RsaPrivateKey> =
    LazyLock::new(|| rsa::RsaPrivateKey::new(&mut OsRng, 1024).expect("there is a key"));

/// What signs an ID token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Signing {
    /// The published key.
    #[default]
    Own,
    /// Nothing: the algorithm is `none`.
    Nothing,
    /// The client's secret, by HS256.
    Secret,
    /// A key that is not published, under the id of the one that is.
    Stranger,
}

/// What is different from a good provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong {
    /// Claims of the ID token in place of the right ones; null leaves one out.
    pub(crate) claims: Value,
    pub(crate) signing: Signing,
    /// Members of the metadata in place of the right ones; null leaves one out.
    pub(crate) metadata: Value,
    /// Claims of the user info in place of the right ones.
    pub(crate) user_info: Value,
    /// Whether nothing is answered but 500.
    pub(crate) away: bool,
    pub(crate) without_id_token: bool,
}

struct Grant {
    nonce: Option<String>,
    challenge: String,
    redirect_uri: String,
}

struct Inner {
    issuer: String,
    algorithm: Algorithm,
    key: p256::SecretKey,
    key_number: usize,
    wrong: Wrong,
    grants: HashMap<String, Grant>,
    refresh_tokens: Vec<String>,
    revoked: Vec<String>,
    made: usize,
    asked: HashMap<&'static str, usize>,
    seen_secrets: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct IdentityProvider(Arc<Mutex<Inner>>);

type Shared = State<IdentityProvider>;

impl IdentityProvider {
    /// One that signs by ES256 or RS256.
    pub(crate) async fn start(algorithm: Algorithm) -> Self {
        // Whichever was chosen before is as good.
        let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("this machine has a free port");
        let address = listener.local_addr().expect("it is bound");
        let provider = Self(Arc::new(Mutex::new(Inner {
            issuer: format!("http://{address}/realm"),
            algorithm,
            key: p256::SecretKey::random(&mut OsRng),
            key_number: 1,
            wrong: Wrong::default(),
            grants: HashMap::new(),
            refresh_tokens: Vec::new(),
            revoked: Vec::new(),
            made: 0,
            asked: HashMap::new(),
            seen_secrets: Vec::new(),
        })));
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(metadata))
            .route("/realm/jwks", get(keys))
            .route("/realm/authorize", get(authorize))
            .route("/realm/token", post(token))
            .route("/realm/userinfo", get(user_info))
            .route("/realm/revoke", post(revoke))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn issuer(&self) -> String {
        self.lock().issuer.clone()
    }

    pub(crate) fn wrong(&self, wrong: Wrong) {
        self.lock().wrong = wrong;
    }

    /// Signs with another key from now on, which alone is published.
    pub(crate) fn rotate(&self) {
        let mut inner = self.lock();
        inner.key = p256::SecretKey::random(&mut OsRng);
        inner.key_number += 1;
    }

    pub(crate) fn revoked(&self) -> Vec<String> {
        self.lock().revoked.clone()
    }

    /// How often a route was called.
    pub(crate) fn asked(&self, route: &str) -> usize {
        self.lock().asked.get(route).copied().unwrap_or(0)
    }

    /// Every token and code that was handed out: none of them belongs into a log.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.lock().seen_secrets.clone()
    }

    /// What a browser finds in the header `Location` at this address.
    pub(crate) async fn visit(&self, url: &str) -> Url {
        let url = Url::parse(url).expect("browsers are sent to a URL");
        let address = (
            url.host_str().expect("it has a host").to_owned(),
            url.port().expect("it has a port"),
        );
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let path = &url[url::Position::BeforePath..];
        let request = format!("GET {path} HTTP/1.1\r\nhost: idp\r\nconnection: close\r\n\r\n");
        let sent = stream.write_all(request.as_bytes()).await;
        sent.expect("it reads");
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer).await;
        read.expect("it answers in text");
        let mut lines = answer.lines();
        let location = lines.find_map(|line| line.strip_prefix("location: "));
        let location = location.unwrap_or_else(|| panic!("no redirect: {answer}"));
        Url::parse(location).expect("it redirects to a URL")
    }
}

impl Inner {
    /// Something that was not made before.
    fn new_secret(&mut self, kind: &str) -> String {
        self.made += 1;
        let secret = format!("{kind}-{}-{}", self.made, BASE64.encode(&self.issuer));
        self.seen_secrets.push(secret.clone());
        secret
    }

    fn key_id(&self) -> String {
        format!("key-{}", self.key_number)
    }

    fn id_token(&mut self, nonce: Option<&str>) -> String {
        let mut claims = json!({
            "iss": self.issuer,
            "sub": "0815",
            "aud": CLIENT,
            "iat": NOW,
            "exp": NOW + 300,
            "email": "jane@corp.test",
            "groups": ["shop"],
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        change(&mut claims, &self.wrong.claims);
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.key_id());
        let signed = match self.wrong.signing {
            Signing::Own | Signing::Stranger => {
                let stranger = self.wrong.signing == Signing::Stranger;
                let key = match (self.algorithm, stranger) {
                    (Algorithm::RS256, false) => {
                        let der = RSA.to_pkcs1_der().expect("it can be encoded");
                        EncodingKey::from_rsa_der(der.as_bytes())
                    }
                    (Algorithm::RS256, true) => unreachable!("tests of it sign by ES256"),
                    (_, stranger) => {
                        let other = p256::SecretKey::random(&mut OsRng);
                        let key = if stranger { &other } else { &self.key };
                        let der = key.to_pkcs8_der().expect("it can be encoded");
                        EncodingKey::from_ec_der(der.as_bytes())
                    }
                };
                jsonwebtoken::encode(&header, &claims, &key)
            }
            Signing::Secret => {
                header.alg = Algorithm::HS256;
                let key = EncodingKey::from_secret(SECRET.as_bytes());
                jsonwebtoken::encode(&header, &claims, &key)
            }
            Signing::Nothing => {
                let header = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
                Ok(format!("{header}.{}.", BASE64.encode(claims.to_string())))
            }
        };
        let signed = signed.expect("keys and claims are right");
        self.seen_secrets.push(signed.clone());
        signed
    }
}

/// Puts members into an object; null takes one away.
fn change(object: &mut Value, changes: &Value) {
    let object = object.as_object_mut().expect("it is an object");
    for (name, value) in changes.as_object().into_iter().flatten() {
        match value.is_null() {
            true => object.remove(name),
            false => object.insert(name.clone(), value.clone()),
        };
    }
}

/// Counts a call; the answer of a provider that is away.
fn enter(provider: &IdentityProvider, route: &'static str) -> Result<(), StatusCode> {
    let mut inner = provider.lock();
    *inner.asked.entry(route).or_default() += 1;
    match inner.wrong.away {
        true => Err(StatusCode::INTERNAL_SERVER_ERROR),
        false => Ok(()),
    }
}

async fn metadata(State(provider): Shared) -> Result<Json<Value>, StatusCode> {
    enter(&provider, "metadata")?;
    let inner = provider.lock();
    let issuer = &inner.issuer;
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
    });
    change(&mut metadata, &inner.wrong.metadata);
    Ok(Json(metadata))
}

async fn keys(State(provider): Shared) -> Result<Json<Value>, StatusCode> {
    enter(&provider, "jwks")?;
    let inner = provider.lock();
    let id = inner.key_id();
    let key = match inner.algorithm {
        Algorithm::RS256 => json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
            "n": BASE64.encode(RSA.n().to_bytes_be()),
            "e": BASE64.encode(RSA.e().to_bytes_be()),
        }),
        _ => {
            let point = inner.key.public_key().to_encoded_point(false);
            json!({
                "kty": "EC", "use": "sig", "crv": "P-256", "kid": id,
                "x": BASE64.encode(point.x().expect("it is a point")),
                "y": BASE64.encode(point.y().expect("it is a point")),
            })
        }
    };
    Ok(Json(json!({ "keys": [key] })))
}

/// Somebody is signed in here, and always agrees.
async fn authorize(
    State(provider): Shared,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Err(status) = enter(&provider, "authorize") {
        return status.into_response();
    }
    let mut inner = provider.lock();
    let param = |name: &str| query.get(name).cloned().unwrap_or_default();
    assert_eq!(param("client_id"), CLIENT);
    assert_eq!(param("response_type"), "code");
    assert_eq!(param("code_challenge_method"), "S256");
    let code = inner.new_secret("code");
    inner.grants.insert(
        code.clone(),
        Grant {
            nonce: query.get("nonce").cloned(),
            challenge: param("code_challenge"),
            redirect_uri: param("redirect_uri"),
        },
    );
    let mut back = Url::parse(&param("redirect_uri")).expect("it is a URL");
    let mut pairs = back.query_pairs_mut();
    pairs.append_pair("code", &code);
    pairs.append_pair("state", &param("state"));
    drop(pairs);
    (StatusCode::FOUND, [(LOCATION, back.to_string())]).into_response()
}

async fn token(
    State(provider): Shared,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    if let Err(status) = enter(&provider, "token") {
        return status.into_response();
    }
    let mut inner = provider.lock();
    if !is_client(&headers, &form) {
        return refused("invalid_client");
    }
    let param = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let nonce = match param("grant_type") {
        "authorization_code" => {
            let Some(grant) = inner.grants.remove(param("code")) else {
                return refused("invalid_grant");
            };
            let proof = BASE64.encode(Sha256::digest(param("code_verifier")));
            if proof != grant.challenge || param("redirect_uri") != grant.redirect_uri {
                return refused("invalid_grant");
            }
            grant.nonce
        }
        "refresh_token" => {
            let sent = param("refresh_token");
            let known = inner.refresh_tokens.iter().position(|token| token == sent);
            let Some(known) = known else {
                return refused("invalid_grant");
            };
            inner.refresh_tokens.remove(known);
            None
        }
        _ => return refused("unsupported_grant_type"),
    };
    let id_token = inner.id_token(nonce.as_deref());
    let access_token = inner.new_secret("access");
    let refresh_token = inner.new_secret("refresh");
    inner.refresh_tokens.push(refresh_token.clone());
    let mut tokens = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": 300,
        "refresh_token": refresh_token,
    });
    if !inner.wrong.without_id_token {
        tokens["id_token"] = id_token.into();
    }
    Json(tokens).into_response()
}

/// By either way that a client proves itself.
fn is_client(headers: &HeaderMap, form: &HashMap<String, String>) -> bool {
    let id = form.get("client_id").map(String::as_str);
    let secret = form.get("client_secret").map(String::as_str);
    if (id, secret) == (Some(CLIENT), Some(SECRET)) {
        return true;
    }
    let expected = BASE64_STANDARD.encode(format!("{CLIENT}:client-secret%2B1"));
    let sent = headers.get(AUTHORIZATION);
    sent.is_some_and(|sent| *sent == format!("Basic {expected}"))
}

fn refused(code: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": code }))).into_response()
}

async fn user_info(State(provider): Shared, headers: HeaderMap) -> Response {
    if let Err(status) = enter(&provider, "userinfo") {
        return status.into_response();
    }
    let inner = provider.lock();
    let sent = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let sent = sent.and_then(|sent| sent.strip_prefix("Bearer "));
    if !sent.is_some_and(|sent| sent.starts_with("access-")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut claims = json!({
        "sub": "0815",
        "name": "Jane Doe",
        "email": "jane@corp.test",
        "email_verified": true,
        "picture": "https://idp.test/jane.png",
        "preferred_username": "jdoe",
    });
    change(&mut claims, &inner.wrong.user_info);
    Json(claims).into_response()
}

async fn revoke(
    State(provider): Shared,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<StatusCode, StatusCode> {
    enter(&provider, "revoke")?;
    if !is_client(&headers, &form) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let mut inner = provider.lock();
    let token = form.get("token").cloned().unwrap_or_default();
    inner.refresh_tokens.retain(|known| *known != token);
    inner.revoked.push(token);
    Ok(StatusCode::OK)
}
