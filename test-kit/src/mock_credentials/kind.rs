//! The kinds of mock credentials, so that a user has a cookie and a service has none.

use greenroom::auth::{NonePrincipal, PrincipalKind, ServicePrincipal, UserPrincipal};

use super::{RequestCredentials, Word};

/// Nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nobody;

/// A user with a full token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User;

/// A user with a limited token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitedUser;

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service;

/// A kind of [`MockCredentials`](super::MockCredentials).
pub trait Kind: sealed::Sealed {
    /// What a handler finds.
    type Principal: PrincipalKind;
}

impl Kind for Nobody {
    type Principal = NonePrincipal;
}

impl Kind for User {
    type Principal = UserPrincipal;
}

impl Kind for LimitedUser {
    type Principal = UserPrincipal;
}

impl Kind for Service {
    type Principal = ServicePrincipal;
}

mod sealed {
    use super::{RequestCredentials, Word};

    /// What only this crate knows of a kind.
    pub trait Sealed {
        const WORD: Word;

        fn shown(token: String) -> RequestCredentials {
            RequestCredentials::header(token)
        }
    }

    impl Sealed for super::Nobody {
        const WORD: Word = Word::Nobody;
    }

    impl Sealed for super::User {
        const WORD: Word = Word::User;
    }

    impl Sealed for super::LimitedUser {
        const WORD: Word = Word::LimitedUser;

        fn shown(token: String) -> RequestCredentials {
            RequestCredentials::cookie(token)
        }
    }

    impl Sealed for super::Service {
        const WORD: Word = Word::Service;
    }
}
