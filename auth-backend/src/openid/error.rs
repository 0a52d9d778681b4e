//! What can go wrong between this backend and an identity provider, and what of it a person learns.
//!
//! Errors of the crate can hold what a provider has sent, tokens included. So only their kinds are taken over, and
//! texts that hold nothing of an answer.

use greenroom::http_client::HttpClientError;
use greenroom::prelude::*;
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{ClaimsVerificationError, DiscoveryError, RequestTokenError, UserInfoError};

use super::types::Refusal;

/// Why nobody is signed in.
#[derive(Debug)]
pub(super) enum Failure {
    /// The provider cannot be reached, or says nothing that can be read: another time it may.
    Away(String),
    /// The provider refuses, with this code.
    Refused(String),
    /// What it says does not count.
    Invalid(&'static str),
}

impl Failure {
    /// The error to answer. The key says to the log which provider it is.
    pub(super) fn into_error(self, key: &str) -> HttpError {
        match self {
            Self::Away(why) => {
                let message = "The identity provider cannot be reached at the moment";
                HttpError::unavailable(message).with_source(format!("`{key}`: {why}"))
            }
            Self::Refused(code) => {
                HttpError::authentication(format!("The identity provider refuses: {code}"))
            }
            Self::Invalid(why) => HttpError::authentication(format!(
                "The answer of the identity provider does not count: {why}"
            )),
        }
    }
}

impl From<HttpClientError> for Failure {
    fn from(error: HttpClientError) -> Self {
        Self::Away(error.to_string())
    }
}

impl From<DiscoveryError<HttpClientError>> for Failure {
    fn from(error: DiscoveryError<HttpClientError>) -> Self {
        match error {
            DiscoveryError::Request(error) => error.into(),
            DiscoveryError::Response(status, _, _) => {
                Self::Away(format!("its keys are answered with {status}"))
            }
            _ => Self::Away("its keys cannot be read".to_owned()),
        }
    }
}

impl From<RequestTokenError<HttpClientError, Refusal>> for Failure {
    fn from(error: RequestTokenError<HttpClientError, Refusal>) -> Self {
        match error {
            RequestTokenError::ServerResponse(refusal) => Self::Refused(code(refusal.error())),
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::Parse(..) => {
                Self::Away("the answer of its token endpoint cannot be read".to_owned())
            }
            RequestTokenError::Other(_) => {
                Self::Away("its token endpoint did not answer as expected".to_owned())
            }
        }
    }
}

impl From<UserInfoError<HttpClientError>> for Failure {
    fn from(error: UserInfoError<HttpClientError>) -> Self {
        match error {
            UserInfoError::Request(error) => error.into(),
            UserInfoError::Response(status, _, _) if status.is_client_error() => {
                Self::Refused(format!("its user info is answered with {status}"))
            }
            UserInfoError::Response(status, _, _) => {
                Self::Away(format!("its user info is answered with {status}"))
            }
            UserInfoError::ClaimsVerification(error) => (&error).into(),
            _ => Self::Away("its user info cannot be read".to_owned()),
        }
    }
}

impl From<&ClaimsVerificationError> for Failure {
    fn from(error: &ClaimsVerificationError) -> Self {
        Self::Invalid(match error {
            ClaimsVerificationError::Expired(_) => "a token has expired",
            ClaimsVerificationError::InvalidAudience(_) => "a token is for somebody else",
            ClaimsVerificationError::InvalidIssuer(_) => "a token is of another issuer",
            ClaimsVerificationError::InvalidNonce(_) => "a token is of another sign-in",
            ClaimsVerificationError::InvalidSubject(_) => "a token is of another person",
            ClaimsVerificationError::SignatureVerification(_) => {
                "the signature of a token is not right"
            }
            _ => "a token cannot be verified",
        })
    }
}

/// The code of a refusal: of the standard's, or whatever letters of the standard's a provider made its own of.
fn code(code: &CoreErrorResponseType) -> String {
    let code = code.to_string();
    match is_code(&code) {
        true => code,
        false => "without a reason".to_owned(),
    }
}

/// Whether it is short, and made of what the standard's codes are made of.
fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}
