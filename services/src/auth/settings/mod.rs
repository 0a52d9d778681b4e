//! What the configuration says about tokens, read and checked at start.

mod external;
mod key_store;
mod restrictions;
mod static_keys;
mod user_tokens;

use greenroom_di_core::BoxError;

pub(super) use external::{ACCESS, BUILT_IN, ExternalEntry, ExternalKind, JwksOptions};
pub(super) use key_store::PluginKeys;
pub(super) use user_tokens::UserKeys;
pub use user_tokens::UserTokenSettings;

use crate::config::{Config, ConfigSchema, FromConfig, Mistakes};

/// The key that takes the barrier of plugins down; their HTTP router describes it.
const POLICY_DISABLED: &str = "backend.auth.dangerouslyDisableDefaultAuthPolicy";

/// The settings of the auth service.
#[derive(Clone, Debug)]
pub struct AuthSettings {
    pub(super) plugin_keys: PluginKeys,
    pub(super) external: Vec<ExternalEntry>,
    /// Whether callers without credentials are let in everywhere, and passed on.
    pub(super) policy_disabled: bool,
}

impl FromConfig for AuthSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.auth.pluginKeyStore.type` | `database`, which is memory where no database outlives the process, or `static` | `database` |
    /// | `backend.auth.pluginKeyStore.static.keys` | list of `{publicKeyFile, privateKeyFile, keyId, algorithm}` | none |
    /// | `backend.auth.externalAccess` | list of `{type, options, accessRestrictions}` | none |
    /// | `backend.auth.keys` | list of `{secret}`, Backstage's old way to write external access of type `legacy` | none |
    /// | `backend.auth.dangerouslyDisableDefaultAuthPolicy` | boolean | false |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let plugin_keys = key_store::read(config, &mut mistakes);
        let external = external::read(config, &mut mistakes);
        let policy_disabled = mistakes.take(config.get_optional(POLICY_DISABLED));
        mistakes.finish(Self {
            plugin_keys,
            external,
            policy_disabled: policy_disabled.flatten().unwrap_or(false),
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        key_store::describe(schema);
        external::describe(schema);
    }
}
