//! Words of one's own before an error that is passed on.

use std::borrow::Cow;

use super::ApiError;
use crate::http_error::HttpError;

/// Adds [`forwarded`](Self::forwarded) to any `Result` whose error can be an [`ApiError`].
///
/// ```
/// # use greenroom_services as greenroom;
/// use greenroom::handler::{ApiError, Forwarded};
///
/// async fn list() -> Result<String, ApiError> {
///     Ok(std::fs::read_to_string("articles").forwarded("The list of articles is lost")?)
/// }
/// ```
///
/// The client reads `The list of articles is lost; caused by Error: An internal error occurred logId=…`.
pub trait Forwarded<T> {
    /// Says what was being done when the error came up. The status and the name stay those of the error, and
    /// what is hidden stays hidden; `message` is for the client too.
    ///
    /// # Errors
    ///
    /// [`HttpError::forwarded`] of the error, if there is one.
    fn forwarded(self, message: impl Into<Cow<'static, str>>) -> Result<T, ApiError>;
}

impl<T, E: Into<ApiError>> Forwarded<T> for Result<T, E> {
    fn forwarded(self, message: impl Into<Cow<'static, str>>) -> Result<T, ApiError> {
        self.map_err(|error| HttpError::forwarded(message, error.into()).into())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn status_and_name_are_those_of_the_cause() {
        let refused: Result<(), HttpError> = Err(HttpError::not_found("no such file"));
        let unknown: Result<(), io::Error> = Err(io::Error::other("disk full"));
        for (outcome, status, name) in [
            (refused.forwarded("not read"), 404, "NotFoundError"),
            (unknown.forwarded("not read"), 500, "Error"),
        ] {
            // Once more, which is how an error gets through two layers.
            let outcome = outcome.forwarded("no list");
            let error = HttpError::from(outcome.expect_err("it failed"));
            assert_eq!((error.status().as_u16(), error.name()), (status, name));
            assert_eq!(error.message(), "no list");
        }
    }
}
