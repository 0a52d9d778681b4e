//! `core.sharedKeys`: where the replicas of a plugin find each other's public keys.
//!
//! Each replica signs with a key of its own that never leaves its memory. What the others need is the public half. It goes
//! into a table that all replicas can read, if there is one: whoever can give such a table offers it here, which the root
//! service of databases does. It is this way round so that a program without a database carries none for the sake of its
//! keys. Root services are there before any plugin begins, so the offer comes before the first key is needed.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use greenroom_di_macros::service;

use super::PublicKey;

/// What the keys of a table are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Tokens by which a plugin calls others.
    Plugin,
    /// Tokens of users, which the auth plugin issues.
    User,
}

/// A public key that others can need until then.
#[derive(Clone, Debug)]
pub struct SharedKey {
    /// The key; its id is its `kid`.
    pub key: PublicKey,
    /// When the last token that it signs has ended.
    pub expires_at: SystemTime,
}

/// A table of public keys for each plugin and use, which outlives the process and which all replicas share.
#[async_trait]
pub trait KeyTable: Send + Sync + 'static {
    /// Whether what is added for this plugin outlives the process. Where it does not, its keys stay in memory, and a
    /// warning says so.
    fn keeps(&self, plugin_id: &str) -> bool {
        let _ = plugin_id;
        true
    }

    /// Called once for each plugin when it starts, before any key is needed. For a table that is to be made by a command
    /// of its own; all others wait until a key is needed.
    ///
    /// # Errors
    ///
    /// What the command wants cannot be done.
    async fn prepare(&self, plugin_id: &str, of: KeyUse) -> Result<(), BoxError> {
        let _ = (plugin_id, of);
        Ok(())
    }

    /// Adds a key. When this returns, every replica that asks gets it.
    ///
    /// # Errors
    ///
    /// The table cannot be written.
    async fn add(&self, plugin_id: &str, of: KeyUse, key: &SharedKey) -> Result<(), BoxError>;

    /// The keys that have not expired by now. Others may be deleted on the way.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    async fn keys(
        &self,
        plugin_id: &str,
        of: KeyUse,
        now: SystemTime,
    ) -> Result<Vec<SharedKey>, BoxError>;
}

/// The table, if there is one. For those who issue tokens and for those who can give a table; plugins have no use for it.
#[service(
    id = "core.sharedKeys",
    scope = "root",
    provided_by = "greenroom::services::shared_keys"
)]
#[derive(Default)]
pub struct SharedKeys(OnceLock<Arc<dyn KeyTable>>);

impl SharedKeys {
    /// Offers a table. It counts from then on for whoever has not asked before; a second offer counts for nothing.
    pub fn offer(&self, table: Arc<dyn KeyTable>) {
        // The first one has keys in it by now.
        let _ = self.0.set(table);
    }

    /// The table for the keys of this plugin.
    pub(super) fn table(&self, plugin_id: &str) -> Result<Arc<dyn KeyTable>, NoTable> {
        let table = self.0.get().ok_or(NoTable::Offered)?;
        match table.keeps(plugin_id) {
            true => Ok(Arc::clone(table)),
            false => Err(NoTable::Keeps),
        }
    }

    /// Gets the table ready for a plugin, if it has to be.
    pub(super) async fn prepare(&self, plugin_id: &str, of: KeyUse) -> Result<(), BoxError> {
        match self.table(plugin_id) {
            Ok(table) => table.prepare(plugin_id, of).await,
            Err(_) => Ok(()),
        }
    }
}

/// Why there is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTable {
    /// Nobody has offered one.
    Offered,
    /// The one there is forgets.
    Keeps,
}

impl NoTable {
    /// The reason, for a warning.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Offered => "no plugin of this backend takes the database, so none is opened",
            Self::Keeps => {
                "the database of this plugin is in memory, or a file that another plugin has"
            }
        }
    }
}

impl fmt::Debug for SharedKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("SharedKeys")
            .field(&self.0.get().is_some())
            .finish()
    }
}
