//! Who a caller can be.

use serde::Serialize;

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Principal {
    /// Nobody that is known.
    None,
    /// A user who is signed in.
    User(UserPrincipal),
    /// Another plugin, or a program outside.
    Service(ServicePrincipal),
}

/// A user who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserPrincipal {
    /// The user in the catalog, such as `user:default/jane`.
    pub user_entity_ref: String,
    /// The service that calls in the user's name, if the call does not come from the user.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_principal"
    )]
    pub actor: Option<ServicePrincipal>,
}

/// Another plugin, or a program outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Who it is: `plugin:<id>` for a plugin, the configured subject for a program outside.
    pub subject: String,
    /// What it may do, if that is not everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_restrictions: Option<AccessRestrictions>,
}

/// What a service may do in this plugin. A list that is empty restricts nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessRestrictions {
    /// The names of the permissions that it may use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permission_names: Vec<String>,
    /// The attributes that such a permission must have.
    #[serde(skip_serializing_if = "PermissionAttributes::is_empty")]
    pub permission_attributes: PermissionAttributes,
}

/// Attributes of permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PermissionAttributes {
    /// What the permission is about: `create`, `read`, `update`, `delete`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub action: Vec<String>,
}

impl PermissionAttributes {
    fn is_empty(&self) -> bool {
        self.action.is_empty()
    }
}

/// Nobody that is known, as the kind of [`Credentials`](super::Credentials).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonePrincipal;

/// A user or a service, as the kind of [`Credentials`](super::Credentials).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserOrService;

/// A user or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserOrServicePrincipal<'a> {
    /// A user.
    User(&'a UserPrincipal),
    /// A service.
    Service(&'a ServicePrincipal),
}

/// A kind of principal that [`Credentials`](super::Credentials) can be known to have.
pub trait PrincipalKind: Send + Sync + 'static {
    /// The principal, as one of this kind.
    type View<'a>;

    /// The principal as one of this kind, if it is.
    fn view(principal: &Principal) -> Option<Self::View<'_>>;
}

impl PrincipalKind for Principal {
    type View<'a> = &'a Principal;

    fn view(principal: &Principal) -> Option<&Principal> {
        Some(principal)
    }
}

impl PrincipalKind for NonePrincipal {
    type View<'a> = NonePrincipal;

    fn view(principal: &Principal) -> Option<Self> {
        matches!(principal, Principal::None).then_some(Self)
    }
}

impl PrincipalKind for UserPrincipal {
    type View<'a> = &'a Self;

    fn view(principal: &Principal) -> Option<&Self> {
        match principal {
            Principal::User(user) => Some(user),
            _ => None,
        }
    }
}

impl PrincipalKind for ServicePrincipal {
    type View<'a> = &'a Self;

    fn view(principal: &Principal) -> Option<&Self> {
        match principal {
            Principal::Service(service) => Some(service),
            _ => None,
        }
    }
}

impl PrincipalKind for UserOrService {
    type View<'a> = UserOrServicePrincipal<'a>;

    fn view(principal: &Principal) -> Option<UserOrServicePrincipal<'_>> {
        match principal {
            Principal::None => None,
            Principal::User(user) => Some(UserOrServicePrincipal::User(user)),
            Principal::Service(service) => Some(UserOrServicePrincipal::Service(service)),
        }
    }
}

/// An actor is written as a principal of its own, with its type.
fn as_principal<S: serde::Serializer>(
    actor: &Option<ServicePrincipal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    actor.clone().map(Principal::Service).serialize(serializer)
}
