//! Where the keys of plugin tokens come from.
//!
//! A store has one key to sign with and any number to verify with: a key that signs no longer is published until
//! the last of its tokens has ended.

mod chosen;
mod memory;
mod replica;
mod rotation;
mod static_keys;
mod warning;

use async_trait::async_trait;

pub(super) use chosen::ChosenKeys;
pub(super) use memory::MemoryKeys;
pub(super) use static_keys::{StaticKey, StaticKeys};
pub(super) use warning::Warning;

use std::sync::Arc;

use super::key_set::KeySet;
use super::signing_key::SigningKey;
use super::{AuthError, PublicKey};

/// The keys by which one plugin's tokens are signed and verified.
#[async_trait]
pub(super) trait KeyStore: Send + Sync {
    /// The key for a token that is made now.
    async fn signing_key(&self) -> Result<Arc<SigningKey>, AuthError>;

    /// The keys to publish.
    async fn public_keys(&self) -> Result<Vec<PublicKey>, AuthError>;

    /// The same keys, for this process. If one is wanted and not among those at hand, the store looks where else it may
    /// be; that it is in the set then is not certain.
    async fn key_set(&self, wanted: Option<&str>) -> Result<Arc<KeySet>, AuthError>;
}
