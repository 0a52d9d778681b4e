//! JSON, in both directions.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::json_body;
use crate::http_error::{HttpError, JSON};

/// JSON of a request's body, or of an answer.
///
/// ```
/// # use greenroom_services as greenroom;
/// use greenroom::handler::{ApiError, Json};
/// # #[derive(serde::Deserialize, serde::Serialize)]
/// # struct Order { article: String }
///
/// async fn order(Json(order): Json<Order>) -> Result<Json<Order>, ApiError> {
///     Ok(Json(order))
/// }
/// ```
///
/// A body is read if its type is `application/json` (UTF-8; as it is, or compressed with gzip or deflate). One of
/// another type or of none is not read, and counts as `{}` like no body at all, as in Backstage. It is an object
/// or a list, and no larger than the route's [`body_limit`](super::body_limit), or `backend.server.bodyLimit` where
/// there is none; what is compressed is measured when it is not.
///
/// # Errors
///
/// | status | name | when |
/// |---|---|---|
/// | 400 | `SyntaxError` | the body is not JSON, or neither object nor list |
/// | 400 | `Error` | the compressed body is damaged |
/// | 400 | `InputError` | it is another JSON than `T`; the message names the place and what is wanted there |
/// | 413 | `PayloadTooLargeError` | it is too large |
/// | 415 | `UnsupportedMediaTypeError` | another charset or encoding; or another type, if `T` cannot be made of `{}` |
///
/// No message repeats a value of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = HttpError;

    async fn from_request(request: Request, _: &S) -> Result<Self, HttpError> {
        json_body::read(request).await?.parse().map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(written) => ([(header::CONTENT_TYPE, JSON)], written).into_response(),
            Err(error) => HttpError::internal(error).into_response(),
        }
    }
}

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}
