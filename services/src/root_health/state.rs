//! Health as a function of the backend's state and its plugins'.

use std::sync::{Mutex, PoisonError};

use greenroom_di_core::lifecycle::{BackendState, PluginState};
use tokio::sync::watch;

use super::{Health, RootHealthService};

/// The default health service.
pub(super) struct StateHealth {
    pub(super) backend: watch::Receiver<BackendState>,
    pub(super) plugins: Vec<(&'static str, watch::Receiver<PluginState>)>,
    pub(super) dependencies: Mutex<Vec<(&'static str, watch::Receiver<bool>)>>,
}

impl StateHealth {
    /// Looks at each plugin anew: what fails later shows in the next answer.
    fn of_plugins(&self) -> Health {
        let failed = |state: &watch::Receiver<PluginState>| *state.borrow() == PluginState::Failed;
        let mut failed = self.plugins.iter().filter(|(_, state)| failed(state));
        match failed.next() {
            None => Health::Ok,
            Some(first) => {
                Health::degraded(std::iter::once(first).chain(failed).map(|(id, _)| *id))
            }
        }
    }

    fn away(&self) -> Vec<&'static str> {
        let dependencies = self.dependencies.lock();
        let dependencies = dependencies.unwrap_or_else(PoisonError::into_inner);
        let away = dependencies.iter().filter(|(_, is_away)| *is_away.borrow());
        away.map(|(name, _)| *name).collect()
    }
}

impl RootHealthService for StateHealth {
    fn liveness(&self) -> Health {
        Health::Ok
    }

    fn readiness(&self) -> Health {
        // Copied, so that the state is not borrowed while the plugins are looked at.
        let backend = *self.backend.borrow();
        match backend {
            BackendState::Starting => Health::error("Backend has not started yet"),
            BackendState::Ready => self.of_plugins().without(self.away()),
            // Draining, stopping, stopped, and whatever may once come after these.
            _ => Health::error("Backend is shutting down"),
        }
    }

    fn note_dependency(&self, name: &'static str, is_away: watch::Receiver<bool>) {
        let mut dependencies = self
            .dependencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        dependencies.push((name, is_away));
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_state;
    use super::*;

    #[test]
    fn readiness_follows_the_state_and_liveness_does_not() {
        let stopping = || Health::error("Backend is shutting down");
        let table = [
            (
                BackendState::Starting,
                Health::error("Backend has not started yet"),
            ),
            (BackendState::Ready, Health::degraded(["catalog"])),
            (BackendState::Draining, stopping()),
            (BackendState::Stopping, stopping()),
            (BackendState::Stopped, stopping()),
        ];
        let (sender, receiver) = watch::channel(BackendState::Starting);
        let (_failed, failed) = watch::channel(PluginState::Failed);
        let health = from_state(receiver, [("catalog", failed)]);
        for (state, readiness) in table {
            sender.send_replace(state);
            assert_eq!(health.readiness(), readiness, "{state:?}");
            assert_eq!(health.liveness(), Health::Ok, "{state:?}");
        }
    }

    #[test]
    fn failed_plugins_are_named_when_they_fail_and_no_others() {
        let (_ready, ready) = watch::channel(BackendState::Ready);
        let plugins =
            ["auth", "catalog", "search"].map(|id| (id, watch::channel(PluginState::Started)));
        let receivers = plugins.iter().map(|(id, (_, state))| (*id, state.clone()));
        let health = from_state(ready, receivers.collect::<Vec<_>>());
        let set = |index: usize, state| plugins[index].1.0.send_replace(state);
        assert_eq!(health.readiness(), Health::Ok);
        set(2, PluginState::Failed);
        assert_eq!(health.readiness(), Health::degraded(["search"]));
        set(0, PluginState::Failed);
        assert_eq!(health.readiness(), Health::degraded(["auth", "search"]));
        set(0, PluginState::Disabled);
        set(2, PluginState::Stopping);
        assert_eq!(health.readiness(), Health::Ok);
    }

    #[test]
    fn a_plugin_whose_handle_is_gone_keeps_its_last_word() {
        let (_ready, ready) = watch::channel(BackendState::Ready);
        let (sender, state) = watch::channel(PluginState::Failed);
        let health = from_state(ready, [("catalog", state)]);
        drop(sender);
        assert_eq!(health.readiness(), Health::degraded(["catalog"]));
    }

    #[test]
    fn what_is_away_degrades_and_does_not_make_unready() {
        let (_ready, ready) = watch::channel(BackendState::Ready);
        let (_failed, failed) = watch::channel(PluginState::Failed);
        let (cache, is_away) = watch::channel(false);
        let health = from_state(ready.clone(), []);
        health.note_dependency("cache", is_away.clone());
        assert_eq!(health.readiness(), Health::Ok);
        cache.send_replace(true);
        assert_eq!(health.readiness(), Health::Ok.without(["cache"]));
        let health = from_state(ready, [("catalog", failed)]);
        health.note_dependency("cache", is_away);
        let both = Health::degraded(["catalog"]).without(["cache"]);
        assert_eq!(health.readiness(), both);
        cache.send_replace(false);
        assert_eq!(health.readiness(), Health::degraded(["catalog"]));
    }
}
