//! The kinds of errors that the wire format names.
//!
//! Clients tell errors apart by name, so the names are the anchor's. A kind that is missing here can be
//! made by [`HttpError::new`].

use std::borrow::Cow;

use http::StatusCode;

use super::{BoxError, HttpError};

impl HttpError {
    /// 400 `InputError`: the request is malformed or asks for something senseless.
    #[must_use]
    pub fn input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InputError", message)
    }

    /// 401 `AuthenticationError`: the request has no credentials, or none that count.
    #[must_use]
    pub fn authentication(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AuthenticationError", message)
    }

    /// 401 `AuthenticationError` with the message `Missing credentials`.
    #[must_use]
    pub fn missing_credentials() -> Self {
        Self::authentication("Missing credentials")
    }

    /// 403 `NotAllowedError`: the credentials do not suffice.
    #[must_use]
    pub fn not_allowed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "NotAllowedError", message)
    }

    /// 404 `NotFoundError`: the thing asked for does not exist.
    #[must_use]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFoundError", message)
    }

    /// 409 `ConflictError`: the request contradicts the state of things.
    #[must_use]
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "ConflictError", message)
    }

    /// 413 `PayloadTooLargeError`, with the anchor's message.
    #[must_use]
    pub fn payload_too_large() -> Self {
        let message = "request entity too large";
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PayloadTooLargeError",
            message,
        )
    }

    /// 503 `ServiceUnavailableError`: trying again later may help.
    #[must_use]
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableError",
            message,
        )
    }

    /// 500 `Error`: anything unexpected. The log gets `source` with its chain of causes. The client
    /// gets `An internal error occurred logId=<20 hex digits>` in production, the message of `source`
    /// in development.
    #[must_use]
    pub fn internal(source: impl Into<BoxError>) -> Self {
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", "");
        error.parts.source = Some(source.into());
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructors_have_the_anchors_status_and_name() {
        let table = [
            (HttpError::input("m"), 400, "InputError"),
            (HttpError::missing_credentials(), 401, "AuthenticationError"),
            (HttpError::not_allowed("m"), 403, "NotAllowedError"),
            (HttpError::not_found("m"), 404, "NotFoundError"),
            (HttpError::conflict("m"), 409, "ConflictError"),
            (HttpError::payload_too_large(), 413, "PayloadTooLargeError"),
            (HttpError::internal("m"), 500, "Error"),
            (HttpError::unavailable("m"), 503, "ServiceUnavailableError"),
        ];
        for (error, status, name) in table {
            assert_eq!((error.status().as_u16(), error.name()), (status, name));
        }
    }
}
