//! The error type of handlers, into which `?` turns any other.
//!
//! [`HttpError`] cannot be that type: it is an error itself, and the language allows a conversion from all
//! errors only for a type that is none.

use std::fmt;

use axum::response::{IntoResponse, Response};

use crate::auth::AuthError;
use crate::cache::CacheError;
use crate::http_client::HttpClientError;
use crate::http_error::{BoxError, HttpError};

/// What a handler returns when it fails. `?` makes it of any error:
///
/// | error | answer |
/// |---|---|
/// | [`HttpError`] | its own |
/// | [`AuthError`] | 401, 403 or 503 |
/// | [`HttpClientError`] | 502, 504 or 500, without the name of the other host |
/// | [`CacheError`] | that of the computation, or 503 or 500 |
/// | any other, such as a database's | 500 with an id in place of the message; the log has the error and its causes under that id |
///
/// ```
/// # use greenroom_services as greenroom;
/// use greenroom::handler::{ApiError, Json, Path};
/// use greenroom::http_error::HttpError;
///
/// async fn article(Path(number): Path<usize>) -> Result<Json<String>, ApiError> {
///     let list = std::fs::read_to_string("articles")?;
///     let article = list.lines().nth(number);
///     let article = article.ok_or_else(|| HttpError::not_found(format!("No article {number}")))?;
///     Ok(Json(article.to_owned()))
/// }
/// ```
///
/// An error type of a plugin's own is hidden like any other, until the plugin says what clients may know of it:
/// with `impl From<MyError> for HttpError`, and `.map_err(HttpError::from)?` where it comes up. Nor is anything
/// looked for inside of other errors: an [`HttpError`] that another type wraps is hidden with it.
pub struct ApiError(HttpError);

impl<E: Into<BoxError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(told(error.into()))
    }
}

/// The answer to an error: that of its kind, if it has one.
fn told(error: BoxError) -> HttpError {
    let error = match error.downcast::<HttpError>() {
        Ok(told) => return *told,
        Err(error) => error,
    };
    let error = match error.downcast::<AuthError>() {
        Ok(refused) => return (*refused).into(),
        Err(error) => error,
    };
    let error = match error.downcast::<CacheError>() {
        Ok(failed) => return (*failed).into(),
        Err(error) => error,
    };
    match error.downcast::<HttpClientError>() {
        Ok(failed) => (*failed).into(),
        Err(unknown) => HttpError::internal(unknown),
    }
}

impl From<ApiError> for HttpError {
    fn from(error: ApiError) -> Self {
        error.0
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use http::Method;
    use url::Url;

    use super::*;
    use crate::http_client::Call;

    fn fails(error: impl Into<BoxError>) -> Result<(), ApiError> {
        Err(error.into())?;
        Ok(())
    }

    #[test]
    fn known_errors_keep_their_status_even_in_a_box() {
        let url = Url::parse("https://inside.test/").expect("a valid URL");
        let timeout = HttpClientError::Timeout {
            call: Box::new(Call::new("shop", &Method::GET, &url)),
            deadline: std::time::Duration::from_secs(1),
        };
        for (outcome, status, message) in [
            (fails(HttpError::conflict("taken")), 409, "taken"),
            (fails(AuthError::not_allowed("not you")), 403, "not you"),
            (
                fails(timeout),
                504,
                "Another service did not answer in time",
            ),
            (fails(io::Error::other("disk full")), 500, ""),
            (fails("in words"), 500, ""),
        ] {
            let error = HttpError::from(outcome.expect_err("it failed"));
            assert_eq!(error.status().as_u16(), status);
            assert_eq!(error.message(), message);
        }
    }
}
