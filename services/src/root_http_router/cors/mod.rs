//! Cross-origin requests: `backend.cors`. Without that key there is nothing of this in the way of a request.
//!
//! A browser is told what it may do; nobody is kept out, so an origin that is not allowed goes on without a
//! header. As with the anchor, OPTIONS of an allowed origin is answered for any path, whatever it asks for,
//! and an answer says `Vary: Origin` only to an origin that is allowed.

mod origins;
mod settings;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};

use self::origins::Origins;
pub(super) use self::settings::{describe, read};
use super::vary;

/// What other origins may do.
#[derive(Clone, Debug)]
pub(super) struct Cors {
    origins: Origins,
    credentials: bool,
    exposed_headers: Option<HeaderValue>,
    preflight: Preflight,
}

/// What is answered to OPTIONS.
#[derive(Clone, Debug)]
struct Preflight {
    methods: Option<HeaderValue>,
    /// None: whatever is asked for.
    allowed_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    /// None: the request goes on.
    status: Option<StatusCode>,
}

/// What an allowed origin is told.
pub(super) struct Granted {
    /// For the answer, before the handler's own.
    pub(super) headers: HeaderMap,
    /// The answer depends on the origin.
    pub(super) varies: bool,
    /// The whole answer, if the request is not to go on.
    pub(super) answer: Option<Response>,
}

impl Cors {
    /// What a request may do, if anything.
    pub(super) fn grant<B>(&self, request: &Request<B>) -> Option<Granted> {
        let origin = request.headers().get(header::ORIGIN);
        let mut headers = HeaderMap::new();
        let varies = match &self.origins {
            Origins::Any => {
                let any = HeaderValue::from_static("*");
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
                false
            }
            Origins::Matching(patterns) => {
                let origin = origin.filter(|origin| origins::any(patterns, origin))?;
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                true
            }
        };
        if self.credentials {
            let credentials = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
        }
        let is_preflight = request.method() == Method::OPTIONS;
        if is_preflight {
            self.preflight.describe(&mut headers, request.headers());
        }
        if let Some(exposed) = &self.exposed_headers {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        let status = self.preflight.status.filter(|_| is_preflight);
        let answer = status.map(|status| {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = status;
            self.vary(varies, is_preflight, answer.headers_mut());
            answer
        });
        Some(Granted {
            headers,
            varies,
            answer,
        })
    }

    fn vary(&self, origin: bool, preflight: bool, headers: &mut HeaderMap) {
        if origin {
            vary::add(headers, "Origin");
        }
        if preflight && self.preflight.allowed_headers.is_none() {
            vary::add(headers, "Access-Control-Request-Headers");
        }
    }
}

impl Preflight {
    fn describe(&self, headers: &mut HeaderMap, asked: &HeaderMap) {
        if let Some(methods) = &self.methods {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
        }
        let asked = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
        if let Some(allowed) = self
            .allowed_headers
            .as_ref()
            .or(asked)
            .filter(|value| !value.is_empty())
        {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed.clone());
        }
        if let Some(max_age) = &self.max_age {
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
    }
}
