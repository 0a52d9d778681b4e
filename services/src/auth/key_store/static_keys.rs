//! Keys from files that the configuration names. All plugins and all replicas have the same.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::KeyStore;
use crate::auth::key_set::KeySet;
use crate::auth::signing_key::SigningKey;
use crate::auth::{AuthError, PublicKey};

/// A key of the configuration. One without a private half verifies alone.
#[derive(Clone, Debug)]
pub(in crate::auth) struct StaticKey {
    pub(in crate::auth) public: PublicKey,
    pub(in crate::auth) private: Option<Arc<SigningKey>>,
}

/// The keys of all plugins.
pub(in crate::auth) struct StaticKeys {
    public: Vec<PublicKey>,
    signing: Arc<SigningKey>,
    set: Arc<KeySet>,
}

impl StaticKeys {
    /// The first key signs; none if it cannot.
    pub(in crate::auth) fn new(keys: &[StaticKey]) -> Option<Self> {
        let public: Vec<PublicKey> = keys.iter().map(|key| key.public.clone()).collect();
        Some(Self {
            signing: Arc::clone(keys.first()?.private.as_ref()?),
            set: Arc::new(KeySet::of(
                public.iter().cloned().map(Value::Object).collect(),
            )),
            public,
        })
    }
}

#[async_trait]
impl KeyStore for StaticKeys {
    async fn signing_key(&self) -> Result<Arc<SigningKey>, AuthError> {
        Ok(Arc::clone(&self.signing))
    }

    async fn public_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        Ok(self.public.clone())
    }

    async fn key_set(&self, _: Option<&str>) -> Result<Arc<KeySet>, AuthError> {
        Ok(Arc::clone(&self.set))
    }
}
