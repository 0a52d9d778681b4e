//! Credentials as parameters of a handler.
//!
//! The type says who may call: `Credentials<UserPrincipal>` refuses services, `Option<…>` lets in callers without
//! credentials. A bad token is refused in any case, under open paths too: who sends one believes to be somebody.
//!
//! A limited token, which is what a cookie holds, counts only where the handler says so by [`WithCookie`]. An auth
//! policy for cookies opens a path to them, and is often set for a whole subtree; a handler in it that was not
//! written for limited tokens must not meet one.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::Allow;
use super::request_auth::RequestAuth;
use crate::auth::{
    Credentials, Principal, PrincipalKind, ServicePrincipal, TokenAccess, UserOrService,
    UserPrincipal,
};
use crate::http_error::HttpError;

/// Credentials whose user may come with a limited token, such as that of the cookie.
///
/// ```
/// use greenroom_services::auth::{Credentials, UserPrincipal};
/// use greenroom_services::http_auth::WithCookie;
///
/// async fn avatar(WithCookie(user): WithCookie<Credentials<UserPrincipal>>) -> String {
///     format!("the picture of {}", user.principal().user_entity_ref)
/// }
/// # let _: axum::Router = axum::Router::new().route("/avatar", axum::routing::get(avatar));
/// ```
///
/// The path needs [`AuthPolicy::user_cookie`](crate::http_router::AuthPolicy::user_cookie) too, or the barrier refuses
/// the cookie.
#[derive(Clone, Debug, PartialEq)]
pub struct WithCookie<C>(
    /// The credentials.
    pub C,
);

/// A kind of principal that a handler can take the [`Credentials`] of. `Credentials` alone are those of anybody,
/// nobody included.
pub trait CallerKind: PrincipalKind + sealed::Sealed {
    /// Who may call.
    const ALLOW: Allow;
}

impl CallerKind for UserPrincipal {
    const ALLOW: Allow = Allow::USER;
}

impl CallerKind for ServicePrincipal {
    const ALLOW: Allow = Allow::SERVICE;
}

impl CallerKind for UserOrService {
    const ALLOW: Allow = Allow::USER.or(Allow::SERVICE);
}

impl CallerKind for Principal {
    const ALLOW: Allow = Allow::ANY;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::UserPrincipal {}
    impl Sealed for super::ServicePrincipal {}
    impl Sealed for super::UserOrService {}
    impl Sealed for super::Principal {}
}

impl<P: CallerKind, S: Send + Sync> FromRequestParts<S> for Credentials<P> {
    type Rejection = HttpError;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, HttpError> {
        extract(request, TokenAccess::Full).await
    }
}

/// `None` for a caller without credentials; other kinds than `P` are refused.
impl<P: CallerKind, S: Send + Sync> OptionalFromRequestParts<S> for Credentials<P> {
    type Rejection = HttpError;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Option<Self>, HttpError> {
        extract_optional(request, TokenAccess::Full).await
    }
}

impl<P: CallerKind, S: Send + Sync> FromRequestParts<S> for WithCookie<Credentials<P>> {
    type Rejection = HttpError;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, HttpError> {
        extract(request, TokenAccess::Limited).await.map(Self)
    }
}

/// `None` for a caller without credentials; other kinds than `P` are refused.
impl<P: CallerKind, S: Send + Sync> OptionalFromRequestParts<S> for WithCookie<Credentials<P>> {
    type Rejection = HttpError;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Option<Self>, HttpError> {
        let found = extract_optional(request, TokenAccess::Limited).await?;
        Ok(found.map(Self))
    }
}

async fn extract<P: CallerKind>(
    request: &Parts,
    access: TokenAccess,
) -> Result<Credentials<P>, HttpError> {
    let found = RequestAuth::credentials(request, access).await?;
    Ok(narrow(P::ALLOW.check(found)?))
}

async fn extract_optional<P: CallerKind>(
    request: &Parts,
    access: TokenAccess,
) -> Result<Option<Credentials<P>>, HttpError> {
    let found = RequestAuth::credentials(request, access).await?;
    let found = P::ALLOW.or(Allow::NONE).check(found)?;
    let is_somebody = *found.principal() != Principal::None;
    Ok(is_somebody.then(|| narrow(found)))
}

fn narrow<P: CallerKind>(checked: Credentials) -> Credentials<P> {
    let narrowed = checked.narrow();
    narrowed.expect("`ALLOW` lets in nobody of another kind")
}
