//! What goes on in the background for the global tasks of a plugin: one loop that
//! looks and one that renews, however many tasks there are.

use std::sync::Arc;

use greenroom_di_core::lifecycle::PluginState;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::global::Memory;
use super::service::Inner;

/// Looks at the database again and again, runs what is due, and keeps it. The runs end with it.
pub(super) async fn drive(inner: Arc<Inner>) {
    if started(inner.parts.state.clone()).await {
        tokio::join!(look(&inner), inner.keep_leases());
    }
}

async fn look(inner: &Arc<Inner>) {
    let mut runs = JoinSet::new();
    let mut memory = Memory::default();
    let mut failing = false;
    loop {
        // What is due is due from here: a clock that a test holds may move while the database answers.
        let asked = Instant::now();
        let next = match inner.tick(&mut memory, &mut runs).await {
            Ok(pause) => {
                if failing {
                    tracing::info!("The scheduler reaches its tables again");
                }
                failing = false;
                asked + pause
            }
            Err(error) => {
                // Once, and not with every try.
                if !failing {
                    tracing::error!(error = %error, "The scheduler cannot reach its tables, and tries again");
                }
                failing = true;
                Instant::now() + inner.parts.timing.renewal() / 2
            }
        };
        tokio::select! {
            () = sleep_until(next) => {}
            () = inner.woken.notified() => {}
            Some(_) = runs.join_next() => {}
        }
    }
}

/// Waits for the start of the plugin; false if that comes to nothing.
pub(super) async fn started(state: Option<watch::Receiver<PluginState>>) -> bool {
    let Some(mut state) = state else {
        return true;
    };
    let known = state.wait_for(|state| *state != PluginState::Starting);
    known
        .await
        .is_ok_and(|state| *state == PluginState::Started)
}
