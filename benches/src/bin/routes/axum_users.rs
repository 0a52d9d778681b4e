//! axum with what greenroom does by default, and with users: the layers of `layered`, and an extractor that verifies a
//! token by jsonwebtoken and remembers it.
//!
//! It is what somebody writes who wants it fast: only the route that wants a user looks at a token, and a token that is
//! known costs the hash of a text and a look into a map. It does less than greenroom, where a route without a policy is
//! protected, every kind of token is told apart, and no token is kept.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use greenroom_benches::{BoxError, layered};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use tokio::net::TcpListener;
use tracing::Level;

use crate::answers::{Order, Who, health};

/// How many tokens are remembered; then all are forgotten.
const REMEMBERED: usize = 8192;

struct Users {
    keys: HashMap<String, DecodingKey>,
    validation: Validation,
    remembered: RwLock<HashMap<String, Claims>>,
}

#[derive(Clone, Deserialize)]
struct Claims {
    sub: Arc<str>,
    exp: u64,
}

/// The user of a request.
struct User(Arc<str>);

impl FromRequestParts<Arc<Users>> for User {
    type Rejection = StatusCode;

    async fn from_request_parts(
        request: &mut Parts,
        users: &Arc<Users>,
    ) -> Result<Self, Self::Rejection> {
        let user = bearer(&request.headers).and_then(|token| users.of(token));
        user.map(Self).ok_or(StatusCode::UNAUTHORIZED)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    shown.strip_prefix("Bearer ")
}

impl Users {
    fn new(keys: &JwkSet) -> Result<Self, BoxError> {
        let keys = keys.keys.iter().filter_map(|key| {
            let id = key.common.key_id.clone()?;
            Some(DecodingKey::from_jwk(key).map(|key| (id, key)))
        });
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["backstage"]);
        validation.set_required_spec_claims(&["aud", "exp", "sub"]);
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
            validation,
            remembered: RwLock::default(),
        })
    }

    fn of(&self, token: &str) -> Option<Arc<str>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let remembered = self
            .remembered
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered.get(token) {
            return (now < known.exp).then(|| Arc::clone(&known.sub));
        }
        drop(remembered);
        let claims = self.verify(token)?;
        let mut remembered = self
            .remembered
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(token.to_owned(), claims.clone());
        Some(claims.sub)
    }

    fn verify(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        if header.typ.as_deref() != Some("vnd.backstage.user") {
            return None;
        }
        let key = self.keys.get(&header.kid?)?;
        let verified = decode::<Claims>(token, key, &self.validation);
        Some(verified.ok()?.claims)
    }
}

/// Serves; users are those whose tokens these keys have signed, a JSON Web Key Set.
pub(crate) async fn run(address: SocketAddr, keys: &str) -> Result<ExitCode, BoxError> {
    layered::log(Level::INFO);
    let users = Users::new(&serde_json::from_str(keys)?)?;
    let plugin = Router::new()
        .route("/who", get(who))
        .route("/health", get(health))
        .route("/echo", post(echo))
        .with_state(Arc::new(users));
    let router = layered::layered(plugin);
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(ExitCode::SUCCESS)
}

async fn who(User(user): User) -> Json<Who> {
    let user_entity_ref = user.as_ref().to_owned();
    Json(Who { user_entity_ref })
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}
