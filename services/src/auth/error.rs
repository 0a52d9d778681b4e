//! Why credentials do not suffice, in words that a client may read.

use crate::http_error::{BoxError, HttpError};

/// Credentials that do not suffice. With `?` in a handler it becomes the answer of its kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// There are no credentials, or none that count: 401 `AuthenticationError`.
    #[error("{0}")]
    Authentication(String),
    /// The credentials count, but not for this: 403 `NotAllowedError`.
    #[error("{0}")]
    NotAllowed(String),
    /// What is needed to judge them is out of reach: 503 `ServiceUnavailableError`.
    #[error("{message}")]
    Unavailable {
        /// What a client may know of it.
        message: String,
        /// The reason, for the log.
        source: BoxError,
    },
}

impl AuthError {
    /// 401 with this message.
    #[must_use]
    pub fn authentication(message: impl Into<String>) -> Self {
        Self::Authentication(message.into())
    }

    /// 403 with this message.
    #[must_use]
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::NotAllowed(message.into())
    }
}

impl From<AuthError> for HttpError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Authentication(message) => Self::authentication(message),
            AuthError::NotAllowed(message) => Self::not_allowed(message),
            AuthError::Unavailable { message, source } => {
                Self::unavailable(message).with_source(source)
            }
        }
    }
}
