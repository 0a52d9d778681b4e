//! What a handler sees of its request.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::{OriginalUri, RawQuery};
use axum::http::{HeaderMap, Method, header};
use greenroom::prelude::*;
use greenroom::root_http_router::ClientAddress;
use serde::Serialize;

use super::any::Any;
use super::query;
use super::sent::Sent;

/// Whose word counts for host and protocol; for the address, the framework has decided.
#[derive(Clone, Copy)]
pub enum Asked {
    /// The request's alone.
    Directly,
    /// That of the proxy before the backend: `backend.trustProxy` is `true`.
    ByProxy,
}

impl Asked {
    /// What the configuration says, which is `true` in one of the recorded ones, and absent in the others.
    pub fn as_configured(config: &RootConfig) -> Result<Self> {
        let trusted: Option<bool> = config.current().get_optional("backend.trustProxy")?;
        Ok(match trusted {
            Some(true) => Self::ByProxy,
            _ => Self::Directly,
        })
    }

    /// What the first of the proxies says in this header.
    fn told(self, headers: &HeaderMap, name: &str) -> Option<String> {
        match self {
            Self::Directly => None,
            Self::ByProxy => {
                let told = headers.get(name)?.to_str().ok()?;
                told.split(',').next().map(|told| told.trim().to_owned())
            }
        }
    }
}

pub fn routes(asked: Asked) -> Router {
    Router::new()
        .route("/request", get(seen))
        .route("/params/{id}", get(params))
        .with_state(asked)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    method: String,
    url: String,
    original_url: String,
    base_url: String,
    path: String,
    query: Any,
    hostname: Option<String>,
    protocol: String,
    ip: IpAddr,
}

async fn seen(
    State(asked): State<Asked>,
    method: Method,
    original: OriginalUri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Extension(ClientAddress(ip)): Extension<ClientAddress>,
) -> Json<Seen> {
    let sent = Sent::from(original);
    let own = || Some(headers.get(header::HOST)?.to_str().ok()?.to_owned());
    let host = asked.told(&headers, "x-forwarded-host").or_else(own);
    let protocol = asked.told(&headers, "x-forwarded-proto");
    Json(Seen {
        method: method.to_string(),
        url: sent.url,
        original_url: sent.whole,
        base_url: sent.base,
        path: sent.path,
        query: query::read(query.as_deref().unwrap_or_default()),
        hostname: host.map(|host| host.split(':').next().unwrap_or(&host).to_owned()),
        // No configuration of the recording has a certificate.
        protocol: protocol.unwrap_or_else(|| "http".to_owned()),
        ip,
    })
}

#[derive(Serialize)]
struct Params {
    id: String,
    path: String,
    url: String,
}

async fn params(Path(id): Path<String>, original: OriginalUri) -> Json<Params> {
    let Sent { path, url, .. } = original.into();
    Json(Params { id, path, url })
}
