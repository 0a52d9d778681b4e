//! From somebody whom an identity provider knows to a user with a token.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use greenroom_auth_node::{SignInAttempt, SignInResolver};
use sha2::{Digest as _, Sha256};

use crate::answers::IssuedIdentity;
use crate::resolvers::{Catalog, ConfiguredResolver, Person, resolve};
use crate::sign_in::SignIn;

/// Who the people of one environment are.
pub(crate) struct People {
    pub(crate) provider: &'static str,
    pub(crate) resolvers: Vec<ConfiguredResolver>,
    /// Of a module.
    pub(crate) resolver: Option<Arc<dyn SignInResolver>>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) sign_in: Arc<SignIn>,
}

impl People {
    /// A token for somebody. None if nothing says which user that is: then the provider is there for other tokens.
    pub(crate) async fn sign_in(
        &self,
        person: &Person,
    ) -> Result<Option<IssuedIdentity>, HttpError> {
        let found = match self.resolvers.is_empty() {
            true => None,
            false => Some(resolve(&self.resolvers, person, &self.catalog).await?),
        };
        let user = match (&self.resolver, found) {
            (None, None) => return Ok(None),
            (None, Some(user)) => user,
            (Some(resolver), found) => {
                let proposed = found.unwrap_or_else(|| nobody_else(self.provider, person));
                let attempt = SignInAttempt::new(self.provider, proposed)
                    .with_profile(person.profile.clone())
                    .with_claims(person.claims.clone());
                resolver.resolve(attempt).await?
            }
        };
        Ok(Some(self.sign_in.user(user).await?))
    }
}

/// A user that is this person and can be nobody else, whatever the names in a profile are.
fn nobody_else(provider: &str, person: &Person) -> UserIdentity {
    let mut hash = Sha256::new();
    hash.update(&person.issuer);
    hash.update([0]);
    hash.update(&person.subject);
    let hash: String = hash.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let user = format!("user:default/{provider}-{hash}");
    UserIdentity {
        ownership_entity_refs: vec![user.clone()],
        user_entity_ref: user,
    }
}

#[cfg(test)]
mod tests {
    use greenroom_auth_node::SignInProfile;
    use serde_json::Map;

    use super::*;

    #[test]
    fn two_people_are_never_one_user() {
        let user = |issuer: &str, subject: &str| {
            let person = Person {
                issuer: issuer.to_owned(),
                subject: subject.to_owned(),
                profile: SignInProfile::default(),
                claims: Map::new(),
            };
            nobody_else("oidc", &person).user_entity_ref
        };
        let jane = user("https://idp.test", "jane");
        assert_eq!(jane, user("https://idp.test", "jane"));
        assert!(jane.starts_with("user:default/oidc-"), "{jane}");
        assert_ne!(jane, user("https://idp.test", "Jane"));
        assert_ne!(jane, user("https://other.test", "jane"));
        assert_ne!(user("a", "bc"), user("ab", "c"));
    }
}
