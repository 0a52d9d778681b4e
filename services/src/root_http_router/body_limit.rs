//! How much of a request's body is read: `backend.server.bodyLimit`, 100 kB unless configured, or what the route
//! allows.
//!
//! The limit sits in the body itself, so it holds whatever way a handler reads it. A body that is
//! announced as too large is refused at the first attempt to read it, before a byte has been read; so
//! an answer that needs no body, such as a 401, comes before a 413 as it does with the anchor, and a route has
//! the time to say what its own limit is. A chunked body is cut at the limit. The extractor's own rejection is
//! then replaced by the anchor's error.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, Request};
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::discard::{Rest, discard};
use crate::handler::{SharedLimit, TooLarge};
use crate::http_error::HttpError;

/// What is known of a request's body while it is being handled.
#[derive(Default)]
pub(super) struct Progress {
    exceeded: OnceLock<TooLarge>,
    complete: AtomicBool,
}

/// A body that stops at its limit.
struct Limited {
    body: Body,
    limit: SharedLimit,
    announced: Option<u64>,
    received: u64,
    rest: Rest,
    progress: Arc<Progress>,
}

/// Puts a limit around the body of `request`, which its route may change. `None`: there is no body.
pub(super) fn watch(request: &mut Request, limit: u64) -> Option<Arc<Progress>> {
    if request.body().is_end_stream() {
        return None;
    }
    let progress = Arc::new(Progress::default());
    let limit = SharedLimit::new(limit);
    let body = std::mem::take(request.body_mut());
    *request.body_mut() = Body::new(Limited {
        announced: body.size_hint().exact(),
        received: 0,
        body,
        limit: limit.clone(),
        rest: Rest::of(request.headers()),
        progress: Arc::clone(&progress),
    });
    // axum's own limit of 2 MB would contradict a larger one.
    DefaultBodyLimit::disable().apply(request);
    request.extensions_mut().insert(limit);
    Some(progress)
}

impl Progress {
    /// The error to answer with, if a handler ran into the limit.
    pub(super) fn refusal(&self) -> Option<HttpError> {
        self.exceeded.get().map(|&exceeded| exceeded.into())
    }

    /// Whether the client has sent all of it.
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }

    fn complete(&self) {
        self.complete.store(true, Ordering::Relaxed);
    }
}

impl Limited {
    /// Whether what is known of the body is within the limit that it has by now.
    fn measure(&self) -> Result<(), TooLarge> {
        let limit = self.limit.get();
        let received = self.received;
        let too_large = match self.announced.filter(|&length| length > limit) {
            Some(length) => TooLarge::Announced { length, limit },
            None if received > limit => TooLarge::Received { received, limit },
            None => return Ok(()),
        };
        Err(*self.progress.exceeded.get_or_init(|| too_large))
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        if self.rest == Rest::Discard && !self.progress.is_complete() {
            discard(std::mem::take(&mut self.body));
        }
    }
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = &mut *self;
        if let Err(too_large) = this.measure() {
            return Poll::Ready(Some(Err(too_large.into())));
        }
        let frame = match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(frame))) => frame,
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(None) => {
                this.progress.complete();
                return Poll::Ready(None);
            }
        };
        this.received += frame.data_ref().map_or(0, |data| data.len() as u64);
        if let Err(too_large) = this.measure() {
            return Poll::Ready(Some(Err(too_large.into())));
        }
        if this.body.is_end_stream() {
            this.progress.complete();
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::to_bytes;
    use futures_util::stream;

    use super::*;

    fn chunked(chunks: &[&'static str]) -> Body {
        let chunks: Vec<_> = chunks
            .iter()
            .map(|chunk| Ok::<_, Infallible>(*chunk))
            .collect();
        Body::from_stream(stream::iter(chunks))
    }

    async fn read(body: Body) -> (Option<Arc<Progress>>, Result<Bytes, axum::Error>) {
        let mut request = Request::new(body);
        let progress = watch(&mut request, 4);
        let read = to_bytes(request.into_body(), usize::MAX).await;
        (progress, read)
    }

    #[tokio::test]
    async fn the_limit_itself_is_allowed_and_one_more_is_not() {
        let table = [
            (Body::from("four"), true),
            (Body::from("five5"), false),
            (chunked(&["fo", "ur"]), true),
            (chunked(&["fo", "ur", "5"]), false),
        ];
        for (body, allowed) in table {
            let (progress, read) = read(body).await;
            let progress = progress.expect("there is a body");
            assert_eq!(read.is_ok(), allowed);
            assert_eq!(progress.refusal().is_none(), allowed);
            assert_eq!(progress.is_complete(), allowed);
        }
    }

    #[tokio::test]
    async fn a_body_that_nobody_reads_is_not_refused() {
        let mut request = Request::new(Body::from("much too large"));
        let progress = watch(&mut request, 4).expect("there is a body");
        assert!(progress.refusal().is_none());
    }

    #[tokio::test]
    async fn no_body_costs_nothing() {
        assert!(read(Body::empty()).await.0.is_none());
    }
}
