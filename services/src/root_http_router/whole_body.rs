//! The body of an answer, if it is in memory as one piece.
//!
//! That is only known by asking for the first piece. A body that turns out to be none of this kind goes on
//! with that piece before the rest, so that nobody notices.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;

/// Takes the body out of an answer. `None`, with the answer as it was: it is empty, or not in memory.
pub(super) fn take(response: &mut Response) -> Option<Bytes> {
    let length = response.body().size_hint().exact().filter(|len| *len > 0)?;
    let mut body = std::mem::take(response.body_mut());
    let resumed = match body.frame().now_or_never() {
        Some(Some(Ok(frame))) => match frame.into_data() {
            Ok(data) if data.len() as u64 == length => return Some(data),
            Ok(data) => Body::new(Resumed::new(Ok(Frame::data(data)), body)),
            Err(trailers) => Body::new(Resumed::new(Ok(trailers), body)),
        },
        Some(Some(Err(error))) => Body::new(Resumed::new(Err(error), body)),
        Some(None) | None => body,
    };
    *response.body_mut() = resumed;
    None
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

    use super::*;

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
    async fn a_body_in_parts_stays_whole() {
        let mut response = Response::new(Body::new(Halves(vec!["world", "hello "])));
        assert_eq!(take(&mut response), None);
        assert_eq!(response.body().size_hint().exact(), Some(11));
        let body = to_bytes(response.into_body(), 100)
            .await
            .expect("no part fails");
        assert_eq!(body, "hello world");
    }

    #[test]
    fn a_body_of_one_piece_is_taken() {
        let mut response = Response::new(Body::from("hello"));
        assert_eq!(take(&mut response).as_deref(), Some(&b"hello"[..]));
        assert_eq!(take(&mut response), None);
    }
}
