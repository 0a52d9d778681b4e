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

/// Somebody whom a provider has let in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInAttempt {
    /// The provider's id, such as `guest`.
    pub provider: String,
    /// The user that the provider takes the person for.
    pub proposed: UserIdentity,
}

impl SignInAttempt {
    /// An attempt by this provider, for a test of a resolver.
    #[must_use]
    pub fn new(provider: impl Into<String>, proposed: UserIdentity) -> Self {
        Self {
            provider: provider.into(),
            proposed,
        }
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
