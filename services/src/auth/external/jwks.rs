//! Tokens of an issuer who publishes its keys, such as the pipelines of a code host.

use async_trait::async_trait;

use super::{AuthError, Caller, Presented, Verifier, unavailable};
use crate::auth::jwt::{Claims, Reason};
use crate::auth::remote_keys::{Failure, NamedBy};
use crate::auth::settings::JwksOptions;

pub(super) struct Jwks {
    options: JwksOptions,
}

impl Jwks {
    pub(super) fn new(options: JwksOptions) -> Self {
        Self { options }
    }

    async fn claims(&self, presented: &Presented<'_>) -> Result<Claims, Failure> {
        let refused = |reason: Reason| Failure::Refused(reason);
        let token = presented.unverified.as_ref();
        let token = token.ok_or(refused("it is no JWT"))?;
        let algorithm = token.algorithm().map_err(refused)?;
        let accepted = &self.options.algorithms;
        if !accepted.is_empty() && !accepted.contains(&algorithm) {
            return Err(refused("its algorithm is not accepted"));
        }
        // A token of another issuer is not worth a fetch.
        if let Some(claimed) = &token.claimed {
            self.judge(claimed).map_err(refused)?;
        }
        let url = self.options.url.as_str();
        let keys = presented.keys;
        let claims = keys.verify(url, NamedBy::Configuration, token, algorithm);
        let claims = claims.await?;
        self.judge(&claims).map_err(refused)?;
        claims.check_times(presented.now).map_err(refused)?;
        Ok(claims)
    }

    fn judge(&self, claims: &Claims) -> Result<(), Reason> {
        let JwksOptions {
            issuers, audiences, ..
        } = &self.options;
        let issuer = claims.iss.as_ref();
        if !issuers.is_empty() && !issuer.is_some_and(|issuer| issuers.contains(issuer)) {
            return Err("its issuer is another");
        }
        let audience = claims.aud.as_ref();
        let is_meant = |wanted: &String| audience.is_some_and(|audience| audience.names(wanted));
        if !audiences.is_empty() && !audiences.iter().any(is_meant) {
            return Err("its audience is another");
        }
        Ok(())
    }
}

#[async_trait]
impl Verifier for Jwks {
    async fn verify(&self, presented: &Presented<'_>) -> Result<Option<Caller>, AuthError> {
        let claims = match self.claims(presented).await {
            Ok(claims) => claims,
            Err(Failure::Unreachable(message)) => return Err(unavailable(message.to_string())),
            Err(_) => return Ok(None),
        };
        let Some(subject) = claims.subject() else {
            return Ok(None);
        };
        let subject = match &self.options.subject_prefix {
            Some(prefix) => format!("external:{prefix}:{subject}"),
            None => format!("external:{subject}"),
        };
        // A token without an end is verified each time.
        let until = claims.check_times(presented.now).ok().flatten();
        Ok(Some(Caller { subject, until }))
    }
}
