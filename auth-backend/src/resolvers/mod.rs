//! Which user of the catalog somebody is whom an identity provider knows, by the resolvers of the configuration.
//!
//! They are asked in their order. One that finds no user leaves it to the next; any other failure ends the sign-in,
//! because a user whom another resolver finds then would be somebody's guess.
//!
//! An address that the provider says is not verified is nobody's: whoever can write any address into a profile could
//! be anybody.

mod catalog;

use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use greenroom_auth_node::SignInProfile;
use serde_json::{Map, Value};

pub(crate) use catalog::Catalog;

use crate::settings::is_entity_ref;

/// Somebody whom an identity provider knows.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) profile: SignInProfile,
    pub(crate) claims: Map<String, Value>,
}

/// A resolver as the configuration has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfiguredResolver {
    pub(crate) kind: ResolverKind,
    /// The part after the `@` that addresses may have; any, if it is none.
    pub(crate) allowed_domains: Option<Vec<String>>,
    /// Whether somebody whom the catalog does not know is let in under the name that was looked for.
    pub(crate) without_catalog: bool,
}

/// By what a user is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResolverKind {
    /// The address is that of the user's profile.
    Email,
    /// The part before the `@` is the user's name.
    EmailLocalPart,
    /// The claim `preferred_username` is the user's name.
    PreferredUsername,
    /// The subject is the value of this annotation of the user.
    SubjectAnnotation(&'static str),
}

impl ResolverKind {
    /// The names in the configuration.
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("emailMatchingUserEntityProfileEmail", Self::Email),
        ("emailLocalPartMatchingUserEntityName", Self::EmailLocalPart),
        (
            "preferredUsernameMatchingUserEntityName",
            Self::PreferredUsername,
        ),
        (
            "oidcSubClaimMatchingKeycloakUserId",
            Self::SubjectAnnotation("keycloak.org/id"),
        ),
        (
            "oidcSubClaimMatchingPingIdentityUserId",
            Self::SubjectAnnotation("pingidentity.org/id"),
        ),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        let mut named = Self::NAMES.iter();
        let named = named.find(|(known, _)| *known == name);
        named.map(|(_, kind)| *kind)
    }

    /// Whether it looks at an address, whose domain can be restricted.
    pub(crate) fn has_domains(self) -> bool {
        matches!(self, Self::Email | Self::EmailLocalPart)
    }
}

/// The user that somebody is.
pub(crate) async fn resolve(
    resolvers: &[ConfiguredResolver],
    person: &Person,
    catalog: &Catalog,
) -> Result<UserIdentity, HttpError> {
    for resolver in resolvers {
        if let Some(user) = resolver.resolve(person, catalog).await? {
            return Ok(user);
        }
    }
    Err(HttpError::not_allowed(
        "Failed to sign-in, unable to resolve user identity. The catalog has no user that fits",
    ))
}

impl ConfiguredResolver {
    /// The user, if there is one.
    async fn resolve(
        &self,
        person: &Person,
        catalog: &Catalog,
    ) -> Result<Option<UserIdentity>, HttpError> {
        let (found, name) = match self.kind {
            ResolverKind::Email => {
                let email = self.email(person)?;
                let plain = without_tag(email);
                let mut found = catalog.user_of_email(email).await?;
                if found.is_none() && plain != email {
                    found = catalog.user_of_email(&plain).await?;
                }
                (found, plain)
            }
            ResolverKind::EmailLocalPart => {
                let email = self.email(person)?;
                let name = email.split('@').next().unwrap_or_default();
                (catalog.user_named(name).await?, name.to_owned())
            }
            ResolverKind::PreferredUsername => {
                let name = person.claims.get("preferred_username");
                let name = name.and_then(Value::as_str).unwrap_or_default();
                if name.is_empty() {
                    let message =
                        "Login failed, user profile does not contain a preferred username";
                    return Err(HttpError::not_allowed(message));
                }
                (catalog.user_named(name).await?, name.to_owned())
            }
            ResolverKind::SubjectAnnotation(annotation) => {
                let subject = &person.subject;
                let found = catalog.user_annotated(annotation, subject).await?;
                (found, subject.clone())
            }
        };
        match found {
            None if self.without_catalog => alone(&name).map(Some),
            found => Ok(found),
        }
    }

    /// The address, if it may be relied on.
    fn email<'p>(&self, person: &'p Person) -> Result<&'p str, HttpError> {
        let email = person.profile.email.as_deref().unwrap_or_default();
        let Some((local, domain)) = email.split_once('@').filter(|(local, _)| !local.is_empty())
        else {
            let message = "Login failed, user profile does not contain an email";
            return Err(HttpError::not_allowed(message));
        };
        if person.claims.get("email_verified") == Some(&Value::Bool(false)) {
            let message = "Login failed, the email of the user profile is not verified";
            return Err(HttpError::not_allowed(message));
        }
        let strange = |letter: char| letter.is_whitespace() || letter.is_control() || letter == ',';
        if local.contains(strange) || domain.contains(strange) || domain.contains('@') {
            let message = "Login failed, the email of the user profile is not a plain one";
            return Err(HttpError::not_allowed(message));
        }
        let mut allowed = self.allowed_domains.iter().flatten();
        if self.allowed_domains.is_some() && !allowed.any(|it| it.eq_ignore_ascii_case(domain)) {
            let message = "Sign-in user email is not from an allowed domain";
            return Err(HttpError::not_allowed(message));
        }
        Ok(email)
    }
}

/// The address without what stands between `+` and `@`.
fn without_tag(email: &str) -> String {
    let Some((local, domain)) = email.split_once('@') else {
        return email.to_owned();
    };
    match local.split_once('+') {
        Some((name, _)) if !name.is_empty() => format!("{name}@{domain}"),
        _ => email.to_owned(),
    }
}

/// A user whom the catalog does not know.
fn alone(name: &str) -> Result<UserIdentity, HttpError> {
    let user = format!("user:default/{}", name.to_lowercase());
    if !is_entity_ref(&user) {
        let message = "Failed to sign-in, the name of the user cannot be that of an entity";
        return Err(HttpError::not_allowed(message));
    }
    Ok(UserIdentity {
        ownership_entity_refs: vec![user.clone()],
        user_entity_ref: user,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(email: &str, claims: Value) -> Person {
        let mut profile = SignInProfile::default();
        profile.email = Some(email.to_owned());
        Person {
            issuer: "https://idp.test".to_owned(),
            subject: "jane".to_owned(),
            profile,
            claims: claims.as_object().cloned().unwrap_or_default(),
        }
    }

    fn resolver(allowed_domains: Option<&[&str]>) -> ConfiguredResolver {
        let domains = allowed_domains.map(|all| all.iter().map(|it| (*it).to_owned()).collect());
        ConfiguredResolver {
            kind: ResolverKind::EmailLocalPart,
            allowed_domains: domains,
            without_catalog: false,
        }
    }

    #[test]
    fn an_address_counts_if_it_is_verified_plain_and_of_an_allowed_domain() {
        let any = resolver(None);
        let some = resolver(Some(&["corp.test"]));
        for (resolver, email, claims, counts) in [
            (&any, "jane@corp.test", json!({}), true),
            (
                &any,
                "jane@corp.test",
                json!({ "email_verified": true }),
                true,
            ),
            (
                &any,
                "jane@corp.test",
                json!({ "email_verified": false }),
                false,
            ),
            (&any, "", json!({}), false),
            (&any, "jane", json!({}), false),
            (&any, "@corp.test", json!({}), false),
            (&any, "jane,kind=group@corp.test", json!({}), false),
            (&any, "jane doe@corp.test", json!({}), false),
            (&some, "jane@corp.test", json!({}), true),
            (&some, "jane@CORP.test", json!({}), true),
            (&some, "jane@corp.test.evil.test", json!({}), false),
            (&some, "jane@evil.test@corp.test", json!({}), false),
            (&some, "jane@sub.corp.test", json!({}), false),
            (&resolver_of_nobody(), "jane@corp.test", json!({}), false),
        ] {
            let person = person(email, claims.clone());
            assert_eq!(resolver.email(&person).is_ok(), counts, "{email} {claims}");
        }
    }

    fn resolver_of_nobody() -> ConfiguredResolver {
        resolver(Some(&[]))
    }

    #[test]
    fn a_tag_is_left_out_of_an_address() {
        for (email, plain) in [
            ("jane+work@corp.test", "jane@corp.test"),
            ("jane@corp.test", "jane@corp.test"),
            ("+work@corp.test", "+work@corp.test"),
            ("jane@a+b.test", "jane@a+b.test"),
        ] {
            assert_eq!(without_tag(email), plain);
        }
    }

    #[test]
    fn a_user_without_a_catalog_has_a_whole_reference() {
        let jane = alone("Jane").expect("it is a name");
        assert_eq!(jane.user_entity_ref, "user:default/jane");
        assert_eq!(jane.ownership_entity_refs, ["user:default/jane"]);
        for name in ["", "a/b", "a:b", "a b"] {
            assert!(alone(name).is_err(), "{name}");
        }
    }
}
