//! The default factory of `core.startupPolicy`.

use std::sync::Arc;

use greenroom_di_core::RootContext;
use greenroom_di_macros::service_factory;

use super::{OnFailure, StartupPolicy};
use crate::config::ServiceSettings;

/// Among the inputs of a backend: a plugin that fails keeps no other one from starting, whatever the configuration
/// says. For commands that want to hear from all of them.
#[derive(Clone, Copy, Debug)]
pub struct EveryPluginForItself;

/// Provides `core.startupPolicy` from the sections `backend.startup` and `backend.features`; with
/// [`EveryPluginForItself`] among the backend's inputs no failure of a plugin stops the others.
#[service_factory(eager)]
pub fn startup_policy(
    context: Arc<RootContext>,
    policy: ServiceSettings<StartupPolicy>,
) -> Arc<StartupPolicy> {
    let mut policy = (*policy).clone();
    if context.input::<EveryPluginForItself>().is_some() {
        policy.on_plugin_failure = OnFailure::Continue;
        for plugin in policy.plugins.values_mut() {
            plugin.on_failure = None;
        }
    }
    Arc::new(policy)
}

#[cfg(test)]
mod tests {
    use greenroom_di_core::{Backend, Entry, Inputs};
    use greenroom_di_macros::backend_plugin;
    use serde_json::json;

    use super::*;
    use crate::config::{Config, ConfigArguments, root_config};

    #[backend_plugin(id = "catalog")]
    fn catalog() {}

    fn inputs(config: serde_json::Value) -> Inputs {
        Inputs::new().with(ConfigArguments::fixed(Config::from_json(config)))
    }

    fn backend() -> Backend {
        let entries = [
            Entry::of::<root_config>(),
            Entry::of::<startup_policy>(),
            Entry::of::<catalog>(),
        ];
        Backend::compose(&entries).expect("the backend is wired")
    }

    #[tokio::test]
    async fn the_policy_is_read_and_slips_in_ids_are_warnings() {
        let config = json!({ "backend": {
            "startup": { "default": { "onPluginBootFailure": "continue" } },
            "features": { "catalgo": { "enabled": false }, "search": { "enabled": false } },
        } });
        let running = backend().start(inputs(config.clone())).await;
        let running = running.expect("nothing is wrong");
        let policy = running.root_service::<StartupPolicy>();
        let policy = policy.expect("it is eager");
        assert_eq!(policy.on_plugin_failure, OnFailure::Continue);
        running.stop().await;

        let warnings = backend().check_derivations(inputs(config)).await;
        assert_eq!(
            warnings.expect("nothing is wrong"),
            [
                "the startup policy names plugin `catalgo`, which this backend does not have; did you mean `catalog`?"
            ]
        );
    }

    #[tokio::test]
    async fn every_plugin_can_be_for_itself() {
        let config = json!({ "backend": { "startup": { "plugins": {
            "catalog": { "onPluginBootFailure": "abort" },
        } } } });
        let inputs = inputs(config).with(EveryPluginForItself);
        let running = backend().start(inputs).await;
        let running = running.expect("nothing is wrong");
        let policy = running.root_service::<StartupPolicy>();
        let policy = policy.expect("it is eager");
        assert_eq!(policy.for_plugin("catalog"), OnFailure::Continue);
        running.stop().await;
    }
}
