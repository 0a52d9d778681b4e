//! What is known of a caller.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::SystemTime;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::reach::Reach;
use super::{NonePrincipal, Principal, PrincipalKind, ServicePrincipal, Token, UserPrincipal};

/// Who calls, as an auth service has found out. `P` is what is known of it in the types: nothing by default, or
/// that it is a [`UserPrincipal`], a [`ServicePrincipal`], one of the two
/// ([`UserOrService`](super::UserOrService)) or nobody ([`NonePrincipal`]).
///
/// Clones share what they hold. The token is hidden: neither `Debug` nor the JSON form has it. The JSON form is
/// Backstage's.
///
/// ```
/// use greenroom_services::auth::{Credentials, UserPrincipal};
///
/// fn greet(credentials: &Credentials<UserPrincipal>) -> String {
///     format!("Hello {}", credentials.principal().user_entity_ref)
/// }
///
/// let jane = Credentials::user("user:default/jane");
/// assert_eq!(greet(&jane), "Hello user:default/jane");
/// ```
pub struct Credentials<P = Principal> {
    known: Arc<Known>,
    kind: PhantomData<fn() -> P>,
}

#[derive(Clone)]
struct Known {
    principal: Principal,
    token: Option<Token>,
    expires_at: Option<SystemTime>,
    // All of what a restricted service may reach; the principal has this plugin's part.
    reach: Option<Arc<Reach>>,
}

impl Credentials<NonePrincipal> {
    /// Those of nobody.
    #[must_use]
    pub fn none() -> Self {
        Self::of(Principal::None)
    }
}

impl Credentials<UserPrincipal> {
    /// Those of a user, by its reference in the catalog. An auth service calls this when it has verified a token;
    /// credentials that were not made from one cannot be passed on.
    #[must_use]
    pub fn user(user_entity_ref: impl Into<String>) -> Self {
        Self::of(Principal::User(UserPrincipal {
            user_entity_ref: user_entity_ref.into(),
            actor: None,
        }))
    }
}

impl Credentials<ServicePrincipal> {
    /// Those of a service without restrictions, by its subject. As for [`Credentials::user`], this is for auth
    /// services.
    #[must_use]
    pub fn service(subject: impl Into<String>) -> Self {
        Self::of(Principal::Service(ServicePrincipal {
            subject: subject.into(),
            access_restrictions: None,
        }))
    }
}

impl From<Principal> for Credentials {
    fn from(principal: Principal) -> Self {
        Self::of(principal)
    }
}

impl<P> Credentials<P> {
    fn of(principal: Principal) -> Self {
        Self {
            known: Arc::new(Known {
                principal,
                token: None,
                expires_at: None,
                reach: None,
            }),
            kind: PhantomData,
        }
    }

    /// The same, made from this token.
    #[must_use]
    pub fn with_token(mut self, token: Token) -> Self {
        Arc::make_mut(&mut self.known).token = Some(token);
        self
    }

    /// The same, until this time.
    #[must_use]
    pub fn expiring_at(mut self, time: SystemTime) -> Self {
        Arc::make_mut(&mut self.known).expires_at = Some(time);
        self
    }

    pub(super) fn with_reach(mut self, reach: Option<Arc<Reach>>) -> Self {
        Arc::make_mut(&mut self.known).reach = reach;
        self
    }

    pub(super) fn reach(&self) -> Option<&Reach> {
        self.known.reach.as_deref()
    }

    /// The token that they were made from, for an auth service that acts in the caller's name.
    #[must_use]
    pub fn token(&self) -> Option<&Token> {
        self.known.token.as_ref()
    }

    /// When they end, if they do.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.known.expires_at
    }

    /// The same, if they are of this kind.
    #[must_use]
    pub fn narrow<Q: PrincipalKind>(&self) -> Option<Credentials<Q>> {
        Q::view(&self.known.principal)?;
        Some(Credentials {
            known: Arc::clone(&self.known),
            kind: PhantomData,
        })
    }

    /// The same, with nothing known of their kind.
    #[must_use]
    pub fn into_any(self) -> Credentials {
        Credentials {
            known: self.known,
            kind: PhantomData,
        }
    }
}

impl<P: PrincipalKind> Credentials<P> {
    /// Who calls.
    #[must_use]
    pub fn principal(&self) -> P::View<'_> {
        P::view(&self.known.principal)
            .expect("credentials are only made of the kind that they have")
    }
}

impl<P> Clone for Credentials<P> {
    fn clone(&self) -> Self {
        Self {
            known: Arc::clone(&self.known),
            kind: PhantomData,
        }
    }
}

impl<P> PartialEq for Credentials<P> {
    /// The token does not count: two tokens of one caller are of one caller.
    fn eq(&self, other: &Self) -> bool {
        self.known.principal == other.known.principal
            && self.known.expires_at == other.known.expires_at
    }
}

impl<P> fmt::Debug for Credentials<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("principal", &self.known.principal)
            .field("expires_at", &self.known.expires_at)
            .finish_non_exhaustive()
    }
}

impl<P> Serialize for Credentials<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let expires_at = self.known.expires_at.map(super::rfc3339);
        let fields = if expires_at.is_some() { 4 } else { 3 };
        let mut object = serializer.serialize_struct("Credentials", fields)?;
        object.serialize_field("$$type", "@backstage/BackstageCredentials")?;
        object.serialize_field("version", "v1")?;
        if let Some(expires_at) = expires_at {
            object.serialize_field("expiresAt", &expires_at)?;
        }
        object.serialize_field("principal", &self.known.principal)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{json, to_value};

    use super::*;
    use crate::auth::{AccessRestrictions, UserOrService, UserOrServicePrincipal};

    #[test]
    fn the_json_form_is_the_anchors_and_has_no_token() {
        let jane = Credentials::user("user:default/jane")
            .with_token(Token::new("hunter2"))
            .expiring_at(UNIX_EPOCH + Duration::from_secs(4_102_444_800));
        let expected = json!({
            "$$type": "@backstage/BackstageCredentials",
            "version": "v1",
            "expiresAt": "2100-01-01T00:00:00.000Z",
            "principal": { "type": "user", "userEntityRef": "user:default/jane" },
        });
        assert_eq!(to_value(&jane).ok(), Some(expected));
        assert!(!format!("{jane:?}").contains("hunter2"));

        let restricted = Credentials::from(Principal::Service(ServicePrincipal {
            subject: "ci".to_owned(),
            access_restrictions: Some(AccessRestrictions::default()),
        }));
        let principal = json!({ "type": "service", "subject": "ci", "accessRestrictions": {} });
        assert_eq!(
            to_value(&restricted).ok().map(|it| it["principal"].clone()),
            Some(principal)
        );
        let acted = Credentials::from(Principal::User(UserPrincipal {
            user_entity_ref: "user:default/jane".to_owned(),
            actor: Some(ServicePrincipal {
                subject: "plugin:probe".to_owned(),
                access_restrictions: None,
            }),
        }));
        let actor = json!({ "type": "service", "subject": "plugin:probe" });
        assert_eq!(
            to_value(&acted)
                .ok()
                .map(|it| it["principal"]["actor"].clone()),
            Some(actor)
        );
    }

    #[test]
    fn credentials_are_narrowed_to_the_kind_that_they_have() {
        let jane = Credentials::user("user:default/jane").into_any();
        assert!(jane.narrow::<UserPrincipal>().is_some());
        assert!(jane.narrow::<ServicePrincipal>().is_none());
        assert!(jane.narrow::<NonePrincipal>().is_none());
        let either = jane.narrow::<UserOrService>();
        assert!(matches!(
            either.as_ref().map(Credentials::principal),
            Some(UserOrServicePrincipal::User(user)) if user.user_entity_ref == "user:default/jane"
        ));
        assert!(Credentials::none().narrow::<UserOrService>().is_none());
    }
}
