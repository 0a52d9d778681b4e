//! What every answer with a body gets that its handler left out: an entity tag, and the charset of JSON.
//!
//! The tag is that of the whole body, so only a body that is in memory already has one. A stream goes out
//! as it comes: nothing is collected for the sake of a tag. Nor has the text of a redirect one, which nobody asks
//! for again.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};

use super::whole_body;
use crate::http_error::{JSON, weak_etag};

/// Adds what is missing.
pub(super) fn complete(response: &mut Response) {
    add_charset(response.headers_mut());
    let wanted = !response.headers().contains_key(header::ETAG)
        && !response.status().is_redirection()
        // A part has the tag of its whole, which only the handler knows.
        && response.status() != StatusCode::PARTIAL_CONTENT;
    if !wanted {
        return;
    }
    if let Some(whole) = whole_body::take(response) {
        let tag = weak_etag(&whole);
        response.headers_mut().insert(header::ETAG, tag);
        *response.body_mut() = Body::from(whole);
    }
}

/// axum's JSON says nothing of its charset, the anchor's does.
fn add_charset(headers: &mut HeaderMap) {
    if let Some(content_type) = headers.get_mut(header::CONTENT_TYPE)
        && content_type.as_bytes() == b"application/json"
    {
        *content_type = JSON;
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{HttpBody as _, to_bytes};
    use axum::response::IntoResponse as _;
    use futures_util::stream;

    use super::*;

    fn tag(response: &Response) -> Option<&str> {
        let tag = response.headers().get(header::ETAG)?;
        Some(tag.to_str().expect("tags are ASCII"))
    }

    #[tokio::test]
    async fn bodies_in_memory_are_tagged_as_the_anchor_tags_them() {
        let mut response = axum::Json(serde_json::json!({"status": "ok"})).into_response();
        complete(&mut response);
        assert_eq!(tag(&response), Some(r#"W/"f-VaSQ4oDUiZblZNAEkkN+sX+q3Sg""#));
        assert_eq!(
            response.headers()["content-type"],
            "application/json; charset=utf-8"
        );
        assert_eq!(response.body().size_hint().exact(), Some(15));
        let body = to_bytes(response.into_body(), 100)
            .await
            .expect("it is in memory");
        assert_eq!(body, r#"{"status":"ok"}"#);
    }

    #[test]
    fn what_has_a_tag_or_no_body_is_left_alone() {
        let mut own = ([(header::ETAG, "\"mine\"")], "body").into_response();
        complete(&mut own);
        assert_eq!(tag(&own), Some("\"mine\""));
        for mut response in [
            StatusCode::NO_CONTENT.into_response(),
            (StatusCode::PARTIAL_CONTENT, "part").into_response(),
            (StatusCode::FOUND, "Found. Redirecting to /").into_response(),
            Body::from_stream(stream::iter([Ok::<_, axum::Error>("stream")])).into_response(),
        ] {
            complete(&mut response);
            assert_eq!(tag(&response), None);
        }
    }
}
