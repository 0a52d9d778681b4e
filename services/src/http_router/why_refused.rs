//! Why a request was refused: one line in the log, in development alone.
//!
//! "Why 401?" has many answers: no policy, another policy than was thought, a header of another form, a cookie where
//! none counts, a handler that asks for more than the barrier. What is needed to tell them apart is known here, and
//! nowhere else; the client is told none of it. In production there is no line: whoever is let in nowhere could fill
//! the log with it. A line names kinds of credentials, never their text, and no query, which may hold a secret.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use http::{Method, StatusCode, header};
use serde_json::json;

use super::barrier::{Access, Barrier};
use super::settings::DefaultPolicy;
use crate::auth::TokenAccess;
use crate::http_auth::shown_token;
use crate::logger::Logger;

/// No line has more policies than these.
const MOST_TOLD: usize = 10;

/// Tells of the refused requests of a plugin.
pub(super) struct WhyRefused {
    plugin: Arc<str>,
    logger: Logger,
}

/// What is to be known of a request once it is refused.
pub(super) struct Asked {
    method: Method,
    path: String,
    shown: Shown,
}

/// Which credentials came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Bearer,
    /// In the header `Authorization`, but not as a bearer token.
    OtherForm,
    Cookie,
    Nothing,
}

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusedBy {
    Barrier,
    Handler,
}

impl WhyRefused {
    pub(super) fn new(plugin: Arc<str>, logger: Logger) -> Self {
        Self { plugin, logger }
    }

    /// Writes the line of a request, if this is the status of a refused one.
    pub(super) fn tell(&self, asked: &Asked, barrier: &Barrier, by: RefusedBy, status: StatusCode) {
        if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return;
        }
        let Asked {
            method,
            path,
            shown,
        } = asked;
        let decision = barrier.decide(path);
        let who = match by {
            RefusedBy::Barrier => "the barrier in front of the plugin",
            RefusedBy::Handler => "its handler, behind the barrier",
        };
        let policy = match (decision.by, barrier.default_policy()) {
            (Some(policy), _) => format!("the auth policy that decides is {policy}"),
            (None, DefaultPolicy::Disabled) => {
                "no auth policy is looked at, because the default policy is disabled".to_owned()
            }
            (None, DefaultPolicy::Enforced) => format!(
                "none of its auth policies matches ({}), and the default is that credentials are required",
                looked_at(barrier)
            ),
        };
        let remedy = remedy(decision.access, by, *shown, status);
        let plugin = &self.plugin;
        let message = format!(
            "{method} {path} of plugin `{plugin}` was refused with {} by {who}: {policy}; the request came with \
             {shown}. {remedy}",
            status.as_u16(),
        );
        self.logger.info_with(message, json!({ "type": "auth" }));
    }
}

impl Asked {
    /// Looks at a request on its way in; the path is relative to the plugin, as policies see it.
    pub(super) fn of(request: &Request) -> Self {
        let headers = request.headers();
        let shown = if shown_token(headers, TokenAccess::Full).is_some() {
            Shown::Bearer
        } else if shown_token(headers, TokenAccess::Limited).is_some() {
            Shown::Cookie
        } else if headers.contains_key(header::AUTHORIZATION) {
            Shown::OtherForm
        } else {
            Shown::Nothing
        };
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            shown,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bearer => "a bearer token",
            Self::OtherForm => "a header `Authorization` that is not of the form `Bearer <token>`",
            Self::Cookie => "the cookie of a user and no bearer token",
            Self::Nothing => "no credentials",
        })
    }
}

fn looked_at(barrier: &Barrier) -> String {
    let mut told: Vec<String> = barrier
        .policies()
        .take(MOST_TOLD)
        .map(|policy| policy.written.to_string())
        .collect();
    match barrier.policies().count() {
        0 => told.push("it has none".to_owned()),
        count if count > MOST_TOLD => told.push(format!("and {} more", count - MOST_TOLD)),
        _ => {}
    }
    told.join(", ")
}

/// What to do, for the one who calls or the one who wrote the plugin.
fn remedy(access: Access, by: RefusedBy, shown: Shown, status: StatusCode) -> &'static str {
    if status == StatusCode::FORBIDDEN {
        return match by {
            RefusedBy::Barrier => {
                "The token is good, but not for this plugin: see `accessRestrictions` in `backend.auth.externalAccess`"
            }
            RefusedBy::Handler => {
                "The caller is known, but not one of those that the handler takes: see the type of its `Credentials`"
            }
        };
    }
    match (shown, by, access) {
        (Shown::Bearer, ..) => {
            "The token does not count here: `backend.logger.level: debug` shows lines that say why"
        }
        (Shown::OtherForm, ..) => {
            "Send `Authorization: Bearer <token>`, with one token and nothing after it"
        }
        (Shown::Cookie, RefusedBy::Barrier, Access::UserCookie) => {
            "The cookie does not count any more, or holds another token than a limited one: fetch it anew"
        }
        (Shown::Cookie, RefusedBy::Barrier, _) => {
            "A cookie counts only below a path that the plugin opens by `AuthPolicy::user_cookie`; send a bearer token"
        }
        (Shown::Cookie, RefusedBy::Handler, _) => {
            "A cookie counts only for a handler that takes `WithCookie<Credentials<UserPrincipal>>`; send a bearer token"
        }
        (Shown::Nothing, RefusedBy::Handler, _) => {
            "The path is open, but the handler asks who calls: send a bearer token, or let it take an `Option`"
        }
        (Shown::Nothing, RefusedBy::Barrier, _) => {
            "Send `Authorization: Bearer <token>`; if everybody may call this, let the plugin add \
             `AuthPolicy::unauthenticated` for the path"
        }
    }
}
