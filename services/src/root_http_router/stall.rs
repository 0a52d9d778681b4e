//! `backend.server.timeout`: how long a connection may stand still, also while a handler works on an answer.
//!
//! Reading and writing note the time, and nothing more; a timer beside them looks at it when it runs out.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

/// When bytes last went either way.
pub(super) struct LastBytes {
    opened: Instant,
    // Microseconds since then.
    micros: AtomicU64,
}

impl LastBytes {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            micros: AtomicU64::new(0),
        })
    }

    fn note(&self) {
        let micros = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.store(micros, Ordering::Relaxed);
    }

    /// Returns once nothing has moved for as long as this.
    pub(super) async fn still_for(&self, limit: Duration) {
        loop {
            let last = self.opened + Duration::from_micros(self.micros.load(Ordering::Relaxed));
            if last.elapsed() >= limit {
                return;
            }
            sleep_until(last + limit).await;
        }
    }
}

/// A connection that notes when bytes move.
pub(super) struct Noted<Io> {
    io: Io,
    last: Arc<LastBytes>,
}

impl<Io> Noted<Io> {
    pub(super) fn new(io: Io, last: Arc<LastBytes>) -> Self {
        Self { io, last }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Noted<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if read.is_ready() {
            self.last.note();
        }
        read
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Noted<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        if written.is_ready() {
            self.last.note();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(context, bytes);
        if written.is_ready() {
            self.last.note();
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_bytes_put_the_end_off() {
        let (limit, begun) = (Duration::from_secs(10), Instant::now());
        let last = LastBytes::new();
        let (ours, mut theirs) = duplex(100);
        let mut ours = Noted::new(ours, Arc::clone(&last));
        let traffic = async {
            tokio::time::advance(Duration::from_secs(6)).await;
            theirs.write_all(b"a").await.expect("it is open");
            ours.read_u8().await.expect("a byte was sent");
            tokio::time::advance(Duration::from_secs(6)).await;
            ours.write_all(b"b").await.expect("it is open");
        };
        tokio::join!(last.still_for(limit), traffic);
        assert_eq!(begun.elapsed(), Duration::from_secs(22));
    }
}
