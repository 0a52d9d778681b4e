//! What the configuration says about plugins' routes.

use std::time::Duration;

use greenroom_di_core::BoxError;

use crate::config::{Config, ConfigSchema, FromConfig, Mistakes, Mode};
use crate::root_http_router::{STARTUP_PAUSE, describe_duration, duration};

/// The settings of every plugin's HTTP router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HttpRouterSettings {
    pub(super) mode: Mode,
    pub(super) startup_pause: Duration,
    pub(super) default_policy: DefaultPolicy,
}

/// What holds for a path without a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultPolicy {
    /// It requires credentials.
    Enforced,
    /// It is open, and so is every other path.
    Disabled,
}

impl FromConfig for HttpRouterSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.lifecycle.startupRequestPauseTimeout` | duration or milliseconds | 5 s, for which a request waits for its plugin to start |
    /// | `backend.auth.dangerouslyDisableDefaultAuthPolicy` | boolean | false |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let startup_pause = duration(config, STARTUP_PAUSE, 5, &mut mistakes);
        let disabled: Option<bool> = mistakes.take(config.get_optional(DISABLED)).flatten();
        mistakes.finish(Self {
            mode: config.mode(),
            startup_pause,
            default_policy: match disabled {
                Some(true) => DefaultPolicy::Disabled,
                Some(false) | None => DefaultPolicy::Enforced,
            },
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        describe_duration(
            schema,
            STARTUP_PAUSE,
            "How long a request waits for its plugin to start.",
        );
        schema.add_key::<bool>(DISABLED, "Opens every path of every plugin to everybody.");
    }
}

/// The key that takes the barrier down.
const DISABLED: &str = "backend.auth.dangerouslyDisableDefaultAuthPolicy";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_barrier_is_up_unless_taken_down() {
        for (written, policy) in [
            (json!({}), DefaultPolicy::Enforced),
            (
                json!({"dangerouslyDisableDefaultAuthPolicy": false}),
                DefaultPolicy::Enforced,
            ),
            (
                json!({"dangerouslyDisableDefaultAuthPolicy": true}),
                DefaultPolicy::Disabled,
            ),
        ] {
            let config = Config::from_json(json!({ "backend": { "auth": written } }));
            let settings = HttpRouterSettings::from_config(&config).expect("the value is valid");
            assert_eq!(settings.default_policy, policy);
            assert_eq!(settings.startup_pause, Duration::from_secs(5));
        }
    }
}
