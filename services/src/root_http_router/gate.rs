//! The life cycle gate: what a request gets while its plugin is not up.
//!
//! The port is open before the plugins are up, so that an orchestrator can ask for health. A request
//! that comes too early waits a while, for most starts are short. A request for a plugin that is up does
//! not come here at all: it goes straight to the plugin's endpoint.

use std::sync::Arc;
use std::time::Duration;

use greenroom_di_core::lifecycle::PluginState;
use tokio::sync::watch;

use super::RETRY_AFTER;
use crate::http_error::HttpError;

/// Waits for one plugin.
pub(crate) struct Gate {
    plugin: Arc<str>,
    state: watch::Receiver<PluginState>,
    pause: Duration,
}

impl Gate {
    pub(crate) fn new(
        plugin: Arc<str>,
        state: watch::Receiver<PluginState>,
        pause: Duration,
    ) -> Self {
        Self {
            plugin,
            state,
            pause,
        }
    }

    /// Returns once the plugin is up, or with the reason why it will not be.
    pub(crate) async fn pass(&self) -> Result<(), HttpError> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| *state != PluginState::Starting);
        let state = match tokio::time::timeout(self.pause, settled).await {
            Ok(Ok(state)) => *state,
            // The backend was dropped while the plugin started.
            Ok(Err(_)) => PluginState::Stopping,
            Err(_) => PluginState::Starting,
        };
        match state {
            PluginState::Started => Ok(()),
            PluginState::Starting => Err(refusal("Service has not started up yet")),
            // No `Retry-After`: it stays so until somebody starts the backend again. And no word on when it
            // failed or why, which is for the log.
            PluginState::Failed => {
                let message = format!("Plugin '{}' has failed", self.plugin);
                Err(HttpError::unavailable(message).unlogged())
            }
            // Stopping, and whatever may once come after it.
            _ => Err(refusal("Service is shutting down").closing()),
        }
    }
}

fn refusal(message: &'static str) -> HttpError {
    HttpError::unavailable(message)
        .with_retry_after(RETRY_AFTER)
        .unlogged()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(state: PluginState) -> (watch::Sender<PluginState>, Gate) {
        let (sender, receiver) = watch::channel(state);
        (
            sender,
            Gate::new("example".into(), receiver, Duration::from_secs(5)),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn each_state_has_its_answer() {
        let table = [
            (PluginState::Started, None),
            (
                PluginState::Starting,
                Some("Service has not started up yet"),
            ),
            (PluginState::Failed, Some("Plugin 'example' has failed")),
            (PluginState::Stopping, Some("Service is shutting down")),
        ];
        for (state, message) in table {
            let (_sender, gate) = gate(state);
            let refused = gate.pass().await.err();
            assert_eq!(
                refused.as_ref().map(HttpError::message),
                message,
                "{state:?}"
            );
            assert!(
                refused.is_none_or(|error| error.status() == 503),
                "{state:?}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_starting_plugin_is_waited_for() {
        for (state, seconds) in [(PluginState::Starting, 5), (PluginState::Failed, 0)] {
            let (_sender, gate) = gate(state);
            let before = tokio::time::Instant::now();
            assert!(gate.pass().await.is_err());
            assert_eq!(before.elapsed().as_secs(), seconds);
        }
    }

    #[tokio::test]
    async fn a_waiting_request_goes_on_when_the_plugin_is_up() {
        let (sender, gate) = gate(PluginState::Starting);
        let (passed, _) = tokio::join!(gate.pass(), async {
            tokio::task::yield_now().await;
            sender.send_replace(PluginState::Started)
        });
        assert!(passed.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiting_request_is_refused_at_once_when_the_plugin_fails() {
        let (sender, gate) = gate(PluginState::Starting);
        let before = tokio::time::Instant::now();
        let (passed, _) = tokio::join!(gate.pass(), async {
            tokio::task::yield_now().await;
            sender.send_replace(PluginState::Failed)
        });
        let refusal = passed.expect_err("the plugin has failed");
        assert_eq!(refusal.message(), "Plugin 'example' has failed");
        assert!(before.elapsed().is_zero(), "{:?}", before.elapsed());
    }
}
