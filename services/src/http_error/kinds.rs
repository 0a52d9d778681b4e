//! The kinds of errors that the wire format names.
//!
//! Clients tell errors apart by name, so the names are the anchor's. A kind that is missing here can be
//! made by [`HttpError::new`].

use std::borrow::Cow;

use http::StatusCode;

use super::cause::Behind;
use super::{BoxError, HttpError};

impl HttpError {
    /// 304 `NotModifiedError`: what the client has is still right. The answer has no body.
    #[must_use]
    pub fn not_modified(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_MODIFIED, "NotModifiedError", message)
    }

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

    /// 415 `UnsupportedMediaTypeError`: the body is of a kind that is not read here.
    #[must_use]
    pub fn unsupported_media_type(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UnsupportedMediaTypeError",
            message,
        )
    }

    /// 501 `NotImplementedError`: there is nothing yet that could do it.
    #[must_use]
    pub fn not_implemented(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplementedError", message)
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

    /// An error with the status and the name of its cause, as `ForwardedError` of the model: it says what was
    /// being done when `cause` came up. A wait that the cause tells the client is told on.
    ///
    /// On a `Result` with any error, [`forwarded`](crate::handler::Forwarded::forwarded) does the same.
    #[must_use]
    pub fn forwarded(message: impl Into<Cow<'static, str>>, cause: impl Into<HttpError>) -> Self {
        let cause = cause.into();
        let mut error = Self::new(cause.parts.status, cause.parts.name.clone(), message);
        error.parts.retry_after = cause.parts.retry_after;
        error.with_cause(cause)
    }

    /// 500 `Error`: anything unexpected. The log gets `source` with its chain of causes. The client
    /// gets `An internal error occurred logId=<20 hex digits>` in production, the message of `source`
    /// in development.
    #[must_use]
    pub fn internal(source: impl Into<BoxError>) -> Self {
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Error", "");
        error.parts.behind = Behind::Internal(source.into());
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constructors_have_the_anchors_status_and_name() {
        let table = [
            (HttpError::not_modified("m"), 304, "NotModifiedError"),
            (HttpError::input("m"), 400, "InputError"),
            (HttpError::missing_credentials(), 401, "AuthenticationError"),
            (HttpError::not_allowed("m"), 403, "NotAllowedError"),
            (HttpError::not_found("m"), 404, "NotFoundError"),
            (HttpError::conflict("m"), 409, "ConflictError"),
            (HttpError::payload_too_large(), 413, "PayloadTooLargeError"),
            (
                HttpError::unsupported_media_type("m"),
                415,
                "UnsupportedMediaTypeError",
            ),
            (HttpError::internal("m"), 500, "Error"),
            (HttpError::not_implemented("m"), 501, "NotImplementedError"),
            (HttpError::unavailable("m"), 503, "ServiceUnavailableError"),
            (
                HttpError::forwarded("m", HttpError::conflict("c")),
                409,
                "ConflictError",
            ),
            (
                HttpError::response(StatusCode::GONE, "Gone", b""),
                410,
                "ResponseError",
            ),
        ];
        for (error, status, name) in table {
            assert_eq!((error.status().as_u16(), error.name()), (status, name));
        }
    }
}
