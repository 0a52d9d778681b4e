//! What can go wrong with a call.
//!
//! Each error names the call; none repeats a header, a value of the query, credentials, or anything of a body.
//! An answer with a status of 400 or above is no error by itself: only the caller knows whether 404 is one.

use std::time::Duration;

use http::StatusCode;

use super::Call;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpClientError {
    /// The request cannot be made: its URL, a header or its body is wrong.
    #[error("{call}: the request cannot be made: {message}")]
    Invalid {
        /// The call.
        call: Box<Call>,
        /// What is wrong with it.
        message: String,
    },
    /// The backend may not call this host; see [`OnlyHosts`](super::OnlyHosts).
    #[error(
        "{call}: refused, since this backend may not call `{host}`; let the plugin call a mock, or allow the \
         host, by `.allow_host` of the test or `OnlyHosts`"
    )]
    Refused {
        /// The call.
        call: Box<Call>,
        /// The host, which is another than the call's after a redirect.
        host: String,
    },
    /// The deadline passed before the answer was there, or its body.
    #[error("{call}: not answered within {}", humantime::format_duration(*.deadline))]
    Timeout {
        /// The call.
        call: Box<Call>,
        /// How long it was given.
        deadline: Duration,
    },
    /// There is no connection to the host.
    #[error("{call}: cannot connect: {message}")]
    Connect {
        /// The call.
        call: Box<Call>,
        /// What the system, or the check of the certificate, says.
        message: String,
    },
    /// The connection broke, or what came over it is no HTTP.
    #[error("{call}: the exchange broke off: {message}")]
    Interrupted {
        /// The call.
        call: Box<Call>,
        /// What happened.
        message: String,
    },
    /// A redirect that is not followed.
    #[error("{call}: a redirect is not followed: {message}")]
    Redirect {
        /// The call.
        call: Box<Call>,
        /// Why not.
        message: String,
    },
    /// The answer has a status of 400 or above, and
    /// [`error_for_status`](super::HttpResponse::error_for_status) was asked.
    #[error("{call}: answered with {status}")]
    Status {
        /// The call.
        call: Box<Call>,
        /// The status.
        status: StatusCode,
    },
    /// The body is larger than it may be.
    #[error("{call}: the body is larger than {limit} bytes")]
    BodyTooLarge {
        /// The call.
        call: Box<Call>,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The body is not what was asked for.
    #[error("{call}: {message}")]
    Decode {
        /// The call.
        call: Box<Call>,
        /// What is wrong where, without what stands there.
        message: String,
    },
}

impl HttpClientError {
    /// The call that failed.
    #[must_use]
    pub fn call(&self) -> &Call {
        match self {
            Self::Invalid { call, .. }
            | Self::Refused { call, .. }
            | Self::Timeout { call, .. }
            | Self::Connect { call, .. }
            | Self::Interrupted { call, .. }
            | Self::Redirect { call, .. }
            | Self::Status { call, .. }
            | Self::BodyTooLarge { call, .. }
            | Self::Decode { call, .. } => call,
        }
    }

    /// The kind in one word, for the log.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::Refused { .. } => "refused",
            Self::Timeout { .. } => "timeout",
            Self::Connect { .. } => "connect",
            Self::Interrupted { .. } => "interrupted",
            Self::Redirect { .. } => "redirect",
            Self::Status { .. } => "status",
            Self::BodyTooLarge { .. } => "bodyTooLarge",
            Self::Decode { .. } => "decode",
        }
    }
}
