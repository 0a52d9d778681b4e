//! Where the kit does its own asynchronous work: on a thread and a runtime of its own.
//!
//! A drop cannot await, the clock of a test may stand still, and what the kit does for one test must not be tied to the
//! runtime of another.

use std::thread;

use tokio::runtime::Builder;

use crate::engine::off_thread;

/// Does this work while the test's runtime goes on.
pub(crate) async fn run<T: Send + 'static, F: Future<Output = T>>(
    work: impl FnOnce() -> F + Send + 'static,
) -> T {
    off_thread(move || block_on(work())).await
}

/// Does this work while the test's thread waits.
pub(crate) fn run_now<T: Send, F: Future<Output = T>>(work: impl FnOnce() -> F + Send) -> T {
    thread::scope(|scope| {
        let done = scope.spawn(move || block_on(work())).join();
        done.unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("the system has what a runtime needs");
    runtime.block_on(work)
}
