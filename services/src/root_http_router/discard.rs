//! Reads what nobody wanted to read.
//!
//! A refusal (401, 404, 413) is often ready before the client has sent its body. If the server closed
//! the connection then, the unread bytes would make the system reset it, and a client that is still
//! sending would see a broken pipe in place of the answer. So the rest of the body is read and thrown
//! away for a while, beside the answer; a client that has more than that to send loses its connection.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use http::{HeaderMap, header};
use tokio::runtime::Handle;
use tracing::instrument::WithSubscriber as _;

const MAX_BYTES: usize = 8 * 1024 * 1024;
const MAX_TIME: Duration = Duration::from_secs(2);

/// Whether the rest of a request's body may be read in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// The client is sending it in any case.
    Discard,
    /// The client waits to be asked for it (`Expect: 100-continue`); reading would ask.
    Leave,
}

impl Rest {
    /// Decides by the request's headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(header::EXPECT) {
            Self::Leave
        } else {
            Self::Discard
        }
    }
}

/// Reads `body` to its end, within limits, in a task of its own.
pub(super) fn discard(body: Body) {
    // Outside of a runtime there is no connection to keep.
    if let Ok(runtime) = Handle::try_current() {
        let reading = async { tokio::time::timeout(MAX_TIME, read(body)).await };
        runtime.spawn(reading.with_current_subscriber());
    }
}

async fn read(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut left = MAX_BYTES;
    while let Some(Ok(chunk)) = chunks.next().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
