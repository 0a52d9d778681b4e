//! How a panic of user code is contained, and what it said, as text.
//!
//! A task of the runtime contains panics as well, but tells of them to whoever joins it, without a word of
//! whose work it was. Here the panic becomes the result of that work.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use crate::BoxFuture;

/// The message of a panic: what `panic!` was given, if it was text.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "(the panic carried no text)".to_owned()
    }
}

/// Runs user code; what it panicked with is an error.
pub(crate) fn contain<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What a panic leaves half done is never looked at again: the unit, hook or task it belongs to has failed.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| message(&*payload))
}

/// Runs the work that `begin` gives, to its end and its drop; what any of it panicked with is an error.
pub(crate) async fn contain_async<T>(begin: impl FnOnce() -> BoxFuture<T>) -> Result<T, String> {
    let mut work = contain(begin)?;
    let outcome = poll_fn(|context| match contain(|| work.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(message) => Poll::Ready(Err(message)),
    })
    .await;
    contain(|| drop(work)).and(outcome)
}

#[cfg(test)]
mod tests {
    use super::contain_async;

    struct Grenade;

    impl Drop for Grenade {
        fn drop(&mut self) {
            panic!("in the drop");
        }
    }

    #[tokio::test]
    async fn a_panic_becomes_a_result_wherever_it_happens() {
        let before = contain_async::<()>(|| panic!("before there is work")).await;
        assert_eq!(before, Err("before there is work".to_owned()));
        let amid = contain_async::<()>(|| Box::pin(async { panic!("{} it", "amid") })).await;
        assert_eq!(amid, Err("amid it".to_owned()));
        let after = contain_async(|| {
            Box::pin(async {
                let _grenade = Grenade;
            })
        });
        assert_eq!(after.await, Err("in the drop".to_owned()));
        assert_eq!(contain_async(|| Box::pin(async { 7 })).await, Ok(7));
    }
}
