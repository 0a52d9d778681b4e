//! The begin of a transaction, which comes to its end even when nobody waits for it any more.
//!
//! sqlx counts a transaction when the server has answered. A begin that is dropped before would give its connection back to
//! the pool inside of a transaction that nobody knows of: whoever has it next writes into that one, and loses it all. So as
//! soon as there is a connection, a begin that is dropped is brought to its end by a task; what it has begun is undone then.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::task_local;

task_local! {
    /// Whether the begin that runs here has a connection.
    static CONNECTED: Arc<AtomicBool>;
}

/// Notes that a connection is handed out. The hooks of a pool say it; without a begin around it, it means nothing.
pub(super) fn note_connected() {
    let _ = CONNECTED.try_with(|connected| connected.store(true, Ordering::Relaxed));
}

/// A begin; dropped half way, it goes on by itself.
pub(super) struct Beginning<T: Send + 'static> {
    work: Option<BoxFuture<'static, T>>,
    connected: Arc<AtomicBool>,
}

impl<T: Send + 'static> Beginning<T> {
    pub(super) fn of(work: impl Future<Output = T> + Send + 'static) -> Self {
        let connected = Arc::<AtomicBool>::default();
        let work = CONNECTED.scope(Arc::clone(&connected), work);
        Self {
            work: Some(work.boxed()),
            connected,
        }
    }
}

impl<T: Send + 'static> Future for Beginning<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // After its end, or a panic, there is nothing to go on with.
        let Some(mut work) = self.work.take() else {
            return Poll::Pending;
        };
        let outcome = work.as_mut().poll(context);
        if outcome.is_pending() {
            self.work = Some(work);
        }
        outcome
    }
}

impl<T: Send + 'static> Drop for Beginning<T> {
    fn drop(&mut self) {
        // Who still waits for a connection has begun nothing.
        if let Some(work) = self.work.take()
            && self.connected.load(Ordering::Relaxed)
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(work.map(drop));
        }
    }
}
