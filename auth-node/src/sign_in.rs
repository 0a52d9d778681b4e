//! Which user of the catalog somebody is whom a provider has let in.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use greenroom::BoxError;
use greenroom::http_error::HttpError;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde_json::{Map, Value};

/// Somebody whom a provider has let in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInAttempt {
    /// The provider's id, such as `guest` or `oidc`.
    pub provider: String,
    /// The user that the provider takes the person for. Of `oidc` that is whom the resolvers of the configuration have
    /// found; if it names none, a user that no catalog has, made of the issuer and the subject and of nothing else.
    pub proposed: UserIdentity,
    /// What the provider tells of the person; of a guest that is nothing.
    pub profile: SignInProfile,
    /// The claims that the provider has proved, such as `sub`, `iss` and `groups`; of a guest there are none.
    pub claims: Map<String, Value>,
}

/// What a provider tells of a person, for others to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignInProfile {
    /// The address for mail.
    pub email: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// The name as the person writes it.
    pub display_name: Option<String>,
}

impl SignInAttempt {
    /// An attempt by this provider, without a profile and claims.
    #[must_use]
    pub fn new(provider: impl Into<String>, proposed: UserIdentity) -> Self {
        Self {
            provider: provider.into(),
            proposed,
            profile: SignInProfile::default(),
            claims: Map::new(),
        }
    }

    /// The same, of somebody with this profile.
    #[must_use]
    pub fn with_profile(mut self, profile: SignInProfile) -> Self {
        self.profile = profile;
        self
    }

    /// The same, with these claims.
    #[must_use]
    pub fn with_claims(mut self, claims: Map<String, Value>) -> Self {
        self.claims = claims;
        self
    }
}

/// Says which user somebody is.
#[async_trait]
pub trait SignInResolver: Send + Sync {
    /// The user, whose token is issued then.
    ///
    /// # Errors
    ///
    /// Nobody comes in; the error is the answer. [`HttpError::not_allowed`] is for somebody who is no user.
    async fn resolve(&self, attempt: SignInAttempt) -> Result<UserIdentity, HttpError>;
}

/// The resolvers of modules, by the provider whose people they know. A provider without one has its own way.
#[extension_point(plugin = "auth", id = "auth.signInResolvers")]
#[derive(Default)]
pub struct SignInResolvers(BTreeMap<String, Arc<dyn SignInResolver>>);

impl SignInResolvers {
    /// Takes this resolver for the people of a provider.
    ///
    /// # Errors
    ///
    /// Another module has brought one: which of them decides who comes in must not depend on an order.
    pub fn set(
        &mut self,
        provider: impl Into<String>,
        resolver: Arc<dyn SignInResolver>,
    ) -> Result<(), BoxError> {
        match self.0.entry(provider.into()) {
            Entry::Vacant(free) => {
                free.insert(resolver);
                Ok(())
            }
            Entry::Occupied(taken) => Err(format!(
                "the auth provider `{}` has a sign-in resolver already; list one module alone that brings one",
                taken.key()
            )
            .into()),
        }
    }

    /// Takes the resolver for a provider out, as the auth plugin does.
    pub fn take(&mut self, provider: &str) -> Option<Arc<dyn SignInResolver>> {
        self.0.remove(provider)
    }

    /// The providers that there are resolvers for.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Debug for SignInResolvers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
