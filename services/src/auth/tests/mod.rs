//! The auth service as a whole: over keys that are made here, a network in memory, and a time of day that is set.

mod algorithms;
mod attacks;
mod delegation;
mod external;
mod issuing;
mod remote;
mod settings;
mod verification;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use greenroom_di_core::BoxFuture;
use http_body_util::Full;
use jsonwebtoken::{Algorithm, EncodingKey};
use p256::SecretKey;
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::EncodePrivateKey as _;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::external::ExternalTokenHandler;
use super::service::PluginAuth;
use super::settings::AuthSettings;
use super::signing_key::published;
use super::{Auth, Credentials, RootAuth, TokenAccess};
use crate::clock::{Clock, ClockService};
use crate::config::{Config, FromConfig as _};
use crate::discovery::{DiscoverySettings, RootDiscovery};
use crate::http_client::{Call, HttpClientError, HttpClientService, HttpRequest, HttpResponse};
use crate::logger::LoggerService as _;
use crate::root_http_router::testing::Recorder;

/// When the tests take place, and when the tokens end that they make.
pub(crate) const NOW: u64 = 1_700_000_100;
pub(crate) const END: u64 = 4_102_444_800;

pub(crate) const GUEST: &str = "user:development/guest";

/// A time of day that a test sets.
#[derive(Clone, Debug)]
pub(crate) struct Time(Arc<AtomicU64>);

impl Time {
    pub(crate) fn at(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(Arc::new(AtomicU64::new(since.as_secs())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        Arc::new(self.clone())
    }
}

impl ClockService for Time {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// Answers in memory, by their address; what is at none of them is 404, the host `down` cannot be reached, and the
/// status [`NEVER`] is none at all.
#[derive(Clone, Default)]
pub(crate) struct Net(Arc<Mutex<Answers>>);

#[derive(Default)]
struct Answers {
    bodies: HashMap<String, (u16, String)>,
    asked: Vec<String>,
}

/// In place of a status: there is no answer.
pub(crate) const NEVER: u16 = 0;

impl Net {
    pub(crate) fn put(&self, url: &str, status: u16, body: &Value) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers
            .bodies
            .insert(url.to_owned(), (status, body.to_string()));
    }

    /// How often this address was asked.
    pub(crate) fn asked(&self, url: &str) -> usize {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.asked.iter().filter(|asked| *asked == url).count()
    }

    /// How often any was.
    pub(crate) fn asked_at_all(&self) -> usize {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.asked.len()
    }
}

impl HttpClientService for Net {
    fn plugin_id(&self) -> &str {
        "auth"
    }

    fn execute(&self, request: HttpRequest) -> BoxFuture<Result<HttpResponse, HttpClientError>> {
        let call = Call::new("auth", &request.method, &request.url);
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.asked.push(request.url.to_string());
        let found = answers.bodies.get(request.url.as_str()).cloned();
        let (status, body) = found.unwrap_or((404, String::new()));
        Box::pin(async move {
            if request.url.host_str() == Some("down") {
                let call = Box::new(call);
                let message = "connection refused".to_owned();
                return Err(HttpClientError::Connect { call, message });
            }
            if status == NEVER {
                return std::future::pending().await;
            }
            let answer = http::Response::builder().status(status);
            let answer = answer.body(Full::new(Bytes::from(body)));
            Ok(HttpResponse::new(
                call,
                answer.expect("the answer is well formed"),
            ))
        })
    }
}

/// A pair of keys, and tokens by them.
pub(crate) struct Key {
    id: &'static str,
    secret: SecretKey,
}

impl Key {
    pub(crate) fn new(id: &'static str) -> Self {
        let secret = SecretKey::random(&mut OsRng);
        Self { id, secret }
    }

    pub(crate) fn public(&self) -> Value {
        Value::Object(published(self.id, &self.secret.public_key()).expect("a key has a point"))
    }

    /// A token with any header and any claims.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let encoded = self.secret.to_pkcs8_der().expect("a key can be encoded");
        let key = EncodingKey::from_ec_der(encoded.as_bytes());
        token(header, claims, &key, Algorithm::ES256)
    }

    pub(crate) fn header(&self, typ: &str) -> Value {
        json!({ "typ": typ, "alg": "ES256", "kid": self.id })
    }

    pub(crate) fn plugin(&self, changes: Value) -> String {
        let mut claims = json!({ "sub": "remote", "aud": "example", "iat": NOW, "exp": END });
        change(&mut claims, changes);
        self.sign(&self.header("vnd.backstage.plugin"), &claims)
    }

    pub(crate) fn limited(&self, changes: Value) -> String {
        let mut claims = json!({ "sub": GUEST, "iat": NOW, "exp": END });
        change(&mut claims, changes);
        // The order of the claims is a part of what is signed.
        let text = format!(
            r#"{{"sub":{},"iat":{},"exp":{}}}"#,
            claims["sub"], claims["iat"], claims["exp"]
        );
        let header = format!(
            r#"{{"typ":"vnd.backstage.limited-user","alg":"ES256","kid":"{}"}}"#,
            self.id
        );
        let encoded = self.secret.to_pkcs8_der().expect("a key can be encoded");
        let key = EncodingKey::from_ec_der(encoded.as_bytes());
        signed(&header, &text, &key, Algorithm::ES256)
    }

    /// The token of a user, with the proof of a limited one; `null` takes a claim away.
    pub(crate) fn user_as(&self, header: &Value, changes: Value) -> String {
        let limited = self.limited(json!({}));
        let proof = limited.rsplit('.').next();
        let mut claims = json!({
            "iss": "http://127.0.0.1:7007/api/auth",
            "sub": GUEST,
            "aud": "backstage",
            "iat": NOW,
            "exp": END,
            "uip": proof,
        });
        change(&mut claims, changes);
        self.sign(header, &claims)
    }

    pub(crate) fn user(&self, changes: Value) -> String {
        self.user_as(&self.header("vnd.backstage.user"), changes)
    }
}

fn change(claims: &mut Value, changes: Value) {
    let claims = claims.as_object_mut().expect("claims are an object");
    for (name, value) in changes.as_object().cloned().unwrap_or_default() {
        if value.is_null() {
            claims.remove(&name);
        } else {
            claims.insert(name, value);
        }
    }
}

pub(crate) fn token(
    header: &Value,
    claims: &Value,
    key: &EncodingKey,
    algorithm: Algorithm,
) -> String {
    signed(&header.to_string(), &claims.to_string(), key, algorithm)
}

fn signed(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm);
    format!("{message}.{}", signature.expect("the key fits"))
}

/// A backend whose auth plugin is `http://auth.test`, and whose plugin `remote` runs elsewhere.
pub(crate) struct Backend {
    pub(crate) time: Time,
    pub(crate) net: Net,
    pub(crate) user_key: Key,
    pub(crate) plugin_key: Key,
    pub(crate) other_key: Key,
    pub(crate) log: Recorder,
    pub(crate) root: Arc<RootAuth>,
    pub(crate) discovery: Arc<RootDiscovery>,
}

pub(crate) const AUTH_KEYS: &str = "http://auth.test/api/auth/.well-known/jwks.json";
/// Those of a plugin that nobody answers for.
pub(crate) const NOPE_KEYS: &str = "http://nope.test/api/nope/.backstage/auth/v1/jwks.json";
pub(crate) const REMOTE_KEYS: &str = "http://remote.test/api/remote/.backstage/auth/v1/jwks.json";

impl Backend {
    pub(crate) fn new() -> Self {
        Self::with(json!({}), &[])
    }

    /// With this at `backend.auth`.
    pub(crate) fn with(auth: Value, handlers: &[Arc<dyn ExternalTokenHandler>]) -> Self {
        let config = Config::from_json(json!({
            "backend": { "auth": auth, "baseUrl": "http://127.0.0.1:7007" },
            "discovery": { "endpoints": [
                { "target": "http://auth.test/api/auth", "plugins": ["auth"] },
                { "target": "http://{{pluginId}}.test/api/{{pluginId}}", "plugins": ["remote", "nope"] },
                { "target": "http://down/api/{{pluginId}}", "plugins": ["down"] },
            ]},
        }));
        let settings = AuthSettings::from_config(&config).expect("the settings are valid");
        let discovery = DiscoverySettings::from_config(&config).expect("the settings are valid");
        let (silent, changes) = (
            Recorder::default().child(Default::default()),
            watch::channel(config).1,
        );
        let discovery = RootDiscovery::new(&discovery, None, silent, changes);
        let time = Time::at(UNIX_EPOCH + Duration::from_secs(NOW));
        let net = Net::default();
        let (user_key, plugin_key) = (Key::new("user-key-1"), Key::new("plugin-key-1"));
        net.put(AUTH_KEYS, 200, &json!({ "keys": [user_key.public()] }));
        net.put(REMOTE_KEYS, 200, &json!({ "keys": [plugin_key.public()] }));
        let client = Arc::new(net.clone());
        let root = RootAuth::new(&settings, client, handlers, time.clock(), Arc::default());
        Self {
            time,
            net,
            user_key,
            plugin_key,
            other_key: Key::new("plugin-key-1"),
            log: Recorder::default(),
            root: Arc::new(root.expect("the handlers are known")),
            discovery: Arc::new(discovery),
        }
    }

    /// The auth service of a plugin of this backend.
    pub(crate) fn auth(&self, plugin_id: &str) -> Auth {
        let logger = self.log.child(Default::default());
        let root = Arc::clone(&self.root);
        let discovery = Arc::clone(&self.discovery) as _;
        Arc::new(PluginAuth::new(plugin_id, root, discovery, logger))
    }
}

/// Who calls, as JSON, or `status: message`.
pub(crate) async fn told(auth: &Auth, token: &str, access: TokenAccess) -> Value {
    match auth.authenticate(token, access).await {
        Ok(credentials) => principal(&credentials),
        Err(error) => json!(refusal(error)),
    }
}

pub(crate) fn principal(credentials: &Credentials) -> Value {
    serde_json::to_value(credentials.principal()).expect("principals are JSON")
}

pub(crate) fn refusal(error: super::AuthError) -> String {
    let error = crate::http_error::HttpError::from(error);
    format!(
        "{} {}: {}",
        error.status().as_u16(),
        error.name(),
        error.message()
    )
}

pub(crate) fn unauthorized(message: &str) -> Value {
    json!(format!("401 AuthenticationError: {message}"))
}
