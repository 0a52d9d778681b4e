//! The default factory of `core.startupPolicy`.

use std::sync::Arc;

use greenroom_di_macros::service_factory;

use super::StartupPolicy;
use crate::config::ServiceSettings;

/// Provides `core.startupPolicy` from the sections `backend.startup` and `backend.features`.
#[service_factory(eager)]
pub fn startup_policy(policy: ServiceSettings<StartupPolicy>) -> Arc<StartupPolicy> {
    Arc::new((*policy).clone())
}

#[cfg(test)]
mod tests {
    use greenroom_di_core::{Backend, Entry, Inputs, OnFailure};
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
}
