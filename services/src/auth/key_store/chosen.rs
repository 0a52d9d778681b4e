//! Keys in the table that the replicas share, or in memory if there is none.
//!
//! It is decided when the first key is needed: by then every service of the backend is there, and so is the table.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;

use super::KeyStore;
use super::memory::MemoryKeys;
use super::replica::ReplicaKeys;
use super::warning::Warning;
use crate::auth::key_set::KeySet;
use crate::auth::key_table::{KeyUse, SharedKeys};
use crate::auth::signing_key::SigningKey;
use crate::auth::{AuthError, PublicKey};
use crate::clock::Clock;
use crate::logger::Logger;

/// The keys of one plugin for one use.
pub(in crate::auth) struct ChosenKeys {
    plugin_id: String,
    of: KeyUse,
    shared: Arc<SharedKeys>,
    clock: Clock,
    logger: Logger,
    warning: Warning,
    tokens_last: Duration,
    chosen: OnceLock<Arc<dyn KeyStore>>,
}

impl ChosenKeys {
    pub(in crate::auth) fn new(
        plugin_id: &str,
        of: KeyUse,
        shared: Arc<SharedKeys>,
        clock: Clock,
        logger: Logger,
        warning: Warning,
        tokens_last: Duration,
    ) -> Self {
        Self {
            plugin_id: plugin_id.to_owned(),
            of,
            shared,
            clock,
            logger,
            warning,
            tokens_last,
            chosen: OnceLock::new(),
        }
    }

    fn chosen(&self) -> &dyn KeyStore {
        let chosen = self
            .chosen
            .get_or_init(|| match self.shared.table(&self.plugin_id) {
                Ok(table) => {
                    let clock = self.clock.clone();
                    Arc::new(ReplicaKeys::new(
                        &self.plugin_id,
                        self.of,
                        table,
                        clock,
                        self.tokens_last,
                    ))
                }
                Err(none) => {
                    let (clock, logger) = (self.clock.clone(), self.logger.clone());
                    let warning = self.warning.because(none);
                    Arc::new(MemoryKeys::new(clock, logger, warning, self.tokens_last))
                }
            });
        &**chosen
    }
}

#[async_trait]
impl KeyStore for ChosenKeys {
    async fn signing_key(&self) -> Result<Arc<SigningKey>, AuthError> {
        self.chosen().signing_key().await
    }

    async fn public_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        self.chosen().public_keys().await
    }

    async fn key_set(&self, wanted: Option<&str>) -> Result<Arc<KeySet>, AuthError> {
        self.chosen().key_set(wanted).await
    }
}
