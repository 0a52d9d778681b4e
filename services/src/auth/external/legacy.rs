//! Tokens as backends of old Backstage made them for each other: signed by a secret that all of them had.

use async_trait::async_trait;
use jsonwebtoken::{Algorithm, DecodingKey};

use super::{AuthError, Caller, Presented, Verifier};

/// The subject of every such token.
const SUBJECT: &str = "backstage-server";

pub(super) struct Legacy {
    key: DecodingKey,
    subject: String,
}

impl Legacy {
    pub(super) fn new(secret: &[u8], subject: &str) -> Self {
        Self {
            key: DecodingKey::from_secret(secret),
            subject: subject.to_owned(),
        }
    }

    fn is_good(&self, presented: &Presented<'_>) -> bool {
        let Some(token) = &presented.unverified else {
            return false;
        };
        if token.algorithm() != Ok(Algorithm::HS256) {
            return false;
        }
        let claims = match token.verify(&self.key, Algorithm::HS256) {
            Ok(claims) => claims,
            Err(_) => return false,
        };
        // Tokens of another kind can be signed by a secret too; these never have an audience.
        claims.sub.as_deref() == Some(SUBJECT)
            && claims.aud.is_none()
            && claims.check_times(presented.now).is_ok()
    }
}

#[async_trait]
impl Verifier for Legacy {
    async fn verify(&self, presented: &Presented<'_>) -> Result<Option<Caller>, AuthError> {
        Ok(self.is_good(presented).then(|| Caller {
            subject: self.subject.clone(),
            until: None,
        }))
    }
}
