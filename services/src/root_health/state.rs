//! Health as a function of the backend's state.

use greenroom_di_core::lifecycle::BackendState;
use tokio::sync::watch;

use super::{Health, RootHealthService};

/// The default health service.
pub(super) struct StateHealth {
    state: watch::Receiver<BackendState>,
}

impl StateHealth {
    pub(super) fn new(state: watch::Receiver<BackendState>) -> Self {
        Self { state }
    }
}

impl RootHealthService for StateHealth {
    fn liveness(&self) -> Health {
        Health::Ok
    }

    fn readiness(&self) -> Health {
        match *self.state.borrow() {
            BackendState::Starting => Health::error("Backend has not started yet"),
            BackendState::Ready => Health::Ok,
            // Draining, stopping, stopped, and whatever may once come after these.
            _ => Health::error("Backend is shutting down"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_follows_the_state_and_liveness_does_not() {
        let stopping = || Health::error("Backend is shutting down");
        let table = [
            (
                BackendState::Starting,
                Health::error("Backend has not started yet"),
            ),
            (BackendState::Ready, Health::Ok),
            (BackendState::Draining, stopping()),
            (BackendState::Stopping, stopping()),
            (BackendState::Stopped, stopping()),
        ];
        let (sender, receiver) = watch::channel(BackendState::Starting);
        let health = StateHealth::new(receiver);
        for (state, readiness) in table {
            sender.send_replace(state);
            assert_eq!(health.readiness(), readiness, "{state:?}");
            assert_eq!(health.liveness(), Health::Ok, "{state:?}");
        }
    }
}
