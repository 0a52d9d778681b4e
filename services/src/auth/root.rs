//! `core.rootAuth`: what the auth services of all plugins share.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use greenroom_di_core::BoxError;
use greenroom_di_macros::service;

use super::external::{ExternalAccess, ExternalTokenHandler};
use super::finding::{Finding, FoundFor};
use super::key_store::{ChosenKeys, KeyStore, StaticKeys, Warning};
use super::key_table::{KeyUse, SharedKeys};
use super::plugin_tokens;
use super::remembered::Remembered;
use super::remote_keys::RemoteKeys;
use super::settings::{AuthSettings, PluginKeys};
use crate::clock::Clock;
use crate::http_client::HttpClient;
use crate::logger::Logger;

/// How many verified tokens are remembered for all plugins together, and at most as many older ones.
const REMEMBERED: usize = 8192;

/// The keys of all plugins of this process, the keys that others publish, and the tokens that were verified.
/// Plugins take [`Auth`](super::Auth), which builds on this.
#[service(
    id = "core.rootAuth",
    scope = "root",
    provided_by = "greenroom::services::root_auth"
)]
pub struct RootAuth {
    pub(super) clock: Clock,
    pub(super) remote: RemoteKeys,
    pub(super) external: ExternalAccess,
    pub(super) remembered: Remembered<FoundFor, Finding>,
    pub(super) policy_disabled: bool,
    /// The same for all plugins, if the configuration names keys.
    static_keys: Option<Arc<StaticKeys>>,
    /// What is said of keys that are made, if they are in memory.
    warning: Warning,
    pub(super) shared_keys: Arc<SharedKeys>,
    local: Mutex<HashMap<String, Arc<dyn KeyStore>>>,
    /// If the auth plugin is one of this process.
    user_keys: OnceLock<Arc<dyn KeyStore>>,
}

impl RootAuth {
    pub(super) fn new(
        settings: &AuthSettings,
        client: HttpClient,
        handlers: &[Arc<dyn ExternalTokenHandler>],
        clock: Clock,
        shared_keys: Arc<SharedKeys>,
    ) -> Result<Self, BoxError> {
        // Whichever implementation another crate turns on beside ours, one is chosen; else the first token would
        // find none. If somebody has chosen before, that holds.
        let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
        let static_keys = match &settings.plugin_keys {
            PluginKeys::Made { .. } => None,
            PluginKeys::Static(keys) => Some(Arc::new(
                StaticKeys::new(keys).ok_or("the first static key of plugins cannot sign")?,
            )),
        };
        let is_asked = matches!(settings.plugin_keys, PluginKeys::Made { is_asked: true });
        Ok(Self {
            warning: plugin_keys_in_memory(is_asked),
            external: ExternalAccess::new(&settings.external, handlers)?,
            remote: RemoteKeys::new(client),
            remembered: Remembered::with_room_for(REMEMBERED),
            policy_disabled: settings.policy_disabled,
            clock,
            static_keys,
            shared_keys,
            local: Mutex::default(),
            user_keys: OnceLock::new(),
        })
    }

    /// The keys of a plugin of this process, by which its tokens are known here from now on.
    pub(super) fn keys_of(&self, plugin_id: &str, logger: Logger) -> Arc<dyn KeyStore> {
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = local.entry(plugin_id.to_owned());
        let keys = keys.or_insert_with(|| match &self.static_keys {
            Some(keys) => Arc::clone(keys) as _,
            None => Arc::new(ChosenKeys::new(
                plugin_id,
                KeyUse::Plugin,
                Arc::clone(&self.shared_keys),
                self.clock.clone(),
                logger,
                self.warning,
                plugin_tokens::LIFETIME,
            )),
        });
        Arc::clone(keys)
    }

    /// Gets the table of a plugin's keys ready, if it has one and it has to be.
    pub(super) async fn prepare_keys_of(&self, plugin_id: &str) -> Result<(), BoxError> {
        match &self.static_keys {
            Some(_) => Ok(()),
            None => self.shared_keys.prepare(plugin_id, KeyUse::Plugin).await,
        }
    }

    /// The keys of users' tokens from now on, unless there are some already; gives those that count.
    pub(super) fn set_user_keys(&self, keys: Arc<dyn KeyStore>) -> Arc<dyn KeyStore> {
        Arc::clone(self.user_keys.get_or_init(|| keys))
    }

    /// The keys of users' tokens, if this process issues them.
    pub(super) fn user_keys(&self) -> Option<&Arc<dyn KeyStore>> {
        self.user_keys.get()
    }

    /// The keys of a plugin, if it is one of this process that can issue tokens.
    pub(super) fn local(&self, plugin_id: &str) -> Option<Arc<dyn KeyStore>> {
        let local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        local.get(plugin_id).cloned()
    }
}

const fn plugin_keys_in_memory(is_asked: bool) -> Warning {
    Warning {
        keys: "The keys of this plugin's tokens",
        cost: "after a restart, and in other replicas of the plugin, its tokens do not count",
        key: "backend.auth.pluginKeyStore.type",
        is_asked,
        names: "backend.auth.pluginKeyStore",
    }
}

impl fmt::Debug for RootAuth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RootAuth")
            .field("policy_disabled", &self.policy_disabled)
            .finish_non_exhaustive()
    }
}
