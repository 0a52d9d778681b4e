//! What every answer with a body gets that its handler left out: an entity tag, and the charset of JSON.
//!
//! The tag is that of the whole body, so only a body that is in memory already has one. A stream goes out
//! as it comes: nothing is collected for the sake of a tag.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, StatusCode, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

use crate::http_error::{JSON, weak_etag};

/// Adds what is missing.
pub(super) fn complete(response: &mut Response) {
    add_charset(response.headers_mut());
    let wanted = !response.headers().contains_key(header::ETAG)
        // A part has the tag of its whole, which only the handler knows.
        && response.status() != StatusCode::PARTIAL_CONTENT;
    if !wanted {
        return;
    }
    let Some(length) = response.body().size_hint().exact().filter(|len| *len > 0) else {
        return;
    };
    let mut body = std::mem::take(response.body_mut());
    *response.body_mut() = match body.frame().now_or_never() {
        Some(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) if data.len() as u64 == length => {
                response
                    .headers_mut()
                    .insert(header::ETAG, weak_etag(&data));
                Body::from(data)
            }
            Ok(data) => Body::new(Resumed::new(Ok(Frame::data(data)), body)),
            Err(trailers) => Body::new(Resumed::new(Ok(trailers), body)),
        },
        Some(Some(Err(error))) => Body::new(Resumed::new(Err(error), body)),
        Some(None) | None => body,
    };
}

/// axum's JSON says nothing of its charset, the anchor's does.
fn add_charset(headers: &mut HeaderMap) {
    if let Some(content_type) = headers.get_mut(header::CONTENT_TYPE)
        && content_type.as_bytes() == b"application/json"
    {
        *content_type = JSON;
    }
}

/// A body of which one frame was read already.
struct Resumed {
    first: Option<Result<Frame<Bytes>, axum::Error>>,
    rest: Body,
}

impl Resumed {
    fn new(first: Result<Frame<Bytes>, axum::Error>, rest: Body) -> Self {
        let first = Some(first);
        Self { first, rest }
    }
}

impl HttpBody for Resumed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let read = match &self.first {
            Some(Ok(frame)) => frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) | None => 0,
        };
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        // The upper bound first: a lower one above it would be a contradiction.
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + read);
        }
        hint.set_lower(rest.lower() + read);
        hint
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::response::IntoResponse as _;
    use futures_util::stream;

    use super::*;

    fn tag(response: &Response) -> Option<&str> {
        let tag = response.headers().get(header::ETAG)?;
        Some(tag.to_str().expect("tags are ASCII"))
    }

    /// A body of known length that comes in two parts.
    struct Halves(Vec<&'static str>);

    impl HttpBody for Halves {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let part = self.0.pop();
            Poll::Ready(part.map(|part| Ok(Frame::data(Bytes::from_static(part.as_bytes())))))
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0.iter().map(|part| part.len() as u64).sum())
        }
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
            Body::from_stream(stream::iter([Ok::<_, axum::Error>("stream")])).into_response(),
        ] {
            complete(&mut response);
            assert_eq!(tag(&response), None);
        }
    }

    #[tokio::test]
    async fn a_body_in_parts_stays_whole() {
        let mut response = Response::new(Body::new(Halves(vec!["world", "hello "])));
        complete(&mut response);
        assert_eq!(tag(&response), None);
        assert_eq!(response.body().size_hint().exact(), Some(11));
        let body = to_bytes(response.into_body(), 100)
            .await
            .expect("no part fails");
        assert_eq!(body, "hello world");
    }
}
