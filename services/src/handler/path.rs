//! The parameters in the path of a route.

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, OriginalUri};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::wording;
use crate::http_error::HttpError;

/// The parameters of the route, decoded: one value, a tuple of them in the order of the route, or a struct with
/// their names.
///
/// # Errors
///
/// 400 `URIError` for a `%` that begins nothing or makes no UTF-8, 400 `InputError` for a value that is no `T`, and
/// 500 when `T` does not fit the route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        decodable(parts)?;
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(rejection) => Err(refusal(rejection)),
        }
    }
}

/// axum decodes what it can and leaves the rest; the model refuses. A segment that is no parameter is a part of the
/// route, so it is in order.
fn decodable(parts: &Parts) -> Result<(), HttpError> {
    let whole = parts.extensions.get::<OriginalUri>();
    let path = whole.map_or(&parts.uri, |whole| &whole.0).path();
    if !path.contains('%') {
        return Ok(());
    }
    match path.split('/').find(|segment| !is_decodable(segment)) {
        None => Ok(()),
        Some(segment) => {
            let segment = wording::shortened(segment);
            let message = format!("Failed to decode param '{segment}'");
            Err(HttpError::new(StatusCode::BAD_REQUEST, "URIError", message)
                .with_field("statusCode", 400)
                .with_field("status", 400))
        }
    }
}

fn is_decodable(segment: &str) -> bool {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => decoded.extend(u8::try_from(high * 16 + low)),
            _ => return false,
        }
    }
    std::str::from_utf8(&decoded).is_ok()
}

fn refusal(rejection: PathRejection) -> HttpError {
    let PathRejection::FailedToDeserializePathParams(rejection) = rejection else {
        return HttpError::internal(rejection);
    };
    match rejection.kind() {
        ErrorKind::ParseErrorAtKey {
            key, expected_type, ..
        } => wording::refusal("path", key, &format!("expected {expected_type}")),
        ErrorKind::ParseErrorAtIndex {
            index,
            expected_type,
            ..
        } => {
            let place = format!("[{index}]");
            wording::refusal("path", &place, &format!("expected {expected_type}"))
        }
        ErrorKind::ParseError { expected_type, .. } => {
            wording::refusal("path", "", &format!("expected {expected_type}"))
        }
        ErrorKind::DeserializeError { key, message, .. } => wording::refusal("path", key, message),
        ErrorKind::Message(message) => wording::refusal("path", "", message),
        // What is left is a handler that does not fit its route.
        _ => HttpError::internal(rejection),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::Request;
    use axum::response::Response;
    use axum::routing::get;
    use serde::Deserialize;
    use tower::ServiceExt as _;

    use super::*;

    #[derive(Deserialize)]
    struct Named {
        id: u8,
    }

    async fn ask(uri: &str) -> Response {
        let router = Router::new()
            .route("/text/{id}", get(|Path(id): Path<String>| async { id }))
            .route(
                "/rest/{*rest}",
                get(|Path(rest): Path<String>| async { rest }),
            )
            .route("/one/{id}", get(|Path(_): Path<u8>| async {}))
            .route("/two/{a}/{b}", get(|Path(_): Path<(String, u8)>| async {}))
            .route(
                "/named/{id}",
                get(|Path(named): Path<Named>| async move { named.id.to_string() }),
            )
            .route("/unfit/{id}", get(|Path(_): Path<(u8, u8)>| async {}));
        let router = Router::new().nest("/in", router);
        let request = Request::get(uri).body(Body::empty());
        let request = request.expect("a valid request");
        router.oneshot(request).await.expect("a router answers")
    }

    async fn told(uri: &str) -> (u16, String) {
        let response = ask(uri).await;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1000).await;
        let body = body.expect("the body is short");
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn parameters_are_decoded() {
        assert_eq!(told("/in/text/a%2Fb%20c").await, (200, "a/b c".into()));
        assert_eq!(told("/in/text/%E2%9C%93").await, (200, "✓".into()));
        assert_eq!(told("/in/named/7").await, (200, "7".into()));
    }

    #[tokio::test]
    async fn what_cannot_be_decoded_is_refused_as_recorded() {
        for (uri, segment) in [
            ("/in/text/%zz", "%zz"),
            ("/in/text/%ff", "%ff"),
            ("/in/text/x%4", "x%4"),
            ("/in/rest/b/%", "%"),
        ] {
            let expected = format!(
                r#"{{"error":{{"name":"URIError","message":"Failed to decode param '{segment}'","statusCode":400,"status":400}},"response":{{"statusCode":400}}}}"#
            );
            assert_eq!(told(uri).await, (400, expected), "{uri}");
        }
    }

    #[tokio::test]
    async fn a_value_of_another_type_is_named_and_not_repeated() {
        for (uri, message) in [
            ("/in/named/hunter2", "invalid path: `id`: expected u8"),
            ("/in/one/hunter2", "invalid path: expected u8"),
            ("/in/two/x/hunter2", "invalid path: `[1]`: expected u8"),
        ] {
            let (status, body) = told(uri).await;
            assert_eq!(status, 400, "{body}");
            assert!(body.contains(message), "{body}");
            assert!(!body.contains("hunter2"), "{body}");
        }
    }

    #[tokio::test]
    async fn a_handler_that_does_not_fit_its_route_is_no_fault_of_the_client() {
        assert_eq!(told("/in/unfit/8").await.0, 500);
    }
}
