//! Tokens of users, which the auth plugin issues, and the limited ones that can be made of them.
//!
//! A user token holds the signature of a smaller token (`uip`), which says who the user is and no more. So anybody who
//! has the one can make the other, without a key and without asking the auth plugin.

use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde::Serialize;
use serde_json::Value;

use super::jwt::{Audience, Claims, Reason, Unverified};
use super::key_set::KeySet;
use super::remote_keys::{Failure, NamedBy, RemoteKeys};
use super::{AuthError, LimitedUserToken, Token};

/// The header `typ` of a user's token.
pub(super) const USER: &str = "vnd.backstage.user";
/// The same of a limited one.
pub(super) const LIMITED: &str = "vnd.backstage.limited-user";
/// The audience by which tokens of a user are known that were issued before there were types.
pub(super) const AUDIENCE: &str = "backstage";

/// Which kind of a user's token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UserTokenKind {
    Full,
    Limited,
    /// Without a type, for the audience `backstage`.
    Untyped,
}

/// The user whose token it is.
#[derive(Clone, Debug)]
pub(super) struct VerifiedUser {
    pub(super) user_entity_ref: String,
    pub(super) expires_at: SystemTime,
}

/// What kind of a user's token this claims to be, if any.
pub(super) fn kind(token: &Unverified<'_>) -> Option<UserTokenKind> {
    match token.header.typ.as_deref() {
        Some(USER) => Some(UserTokenKind::Full),
        Some(LIMITED) => Some(UserTokenKind::Limited),
        _ => {
            let audience = token.claimed.as_ref()?.aud.as_ref()?;
            let is_ours = matches!(audience, Audience::One(only) if only == AUDIENCE);
            is_ours.then_some(UserTokenKind::Untyped)
        }
    }
}

/// Whether this claims to be a limited token of a user, and so may lie in a cookie.
pub(crate) fn is_limited_user_token(token: &str) -> bool {
    Unverified::read(token).is_some_and(|token| kind(&token) == Some(UserTokenKind::Limited))
}

/// Whose things the user owns, as a token says that was verified before; most do not say it.
pub(crate) fn claimed_owners(token: &str) -> Option<Vec<String>> {
    Unverified::read(token)?.claimed?.ent
}

/// Verifies a token of a user by the keys that the auth plugin publishes at this address.
pub(super) async fn verify(
    token: &Unverified<'_>,
    now: SystemTime,
    keys: &RemoteKeys,
    url: &str,
) -> Result<VerifiedUser, Failure> {
    let algorithm = token.algorithm().map_err(Failure::Refused)?;
    // What is too old is not worth a fetch.
    let claimed = token.claimed.as_ref();
    let claimed = claimed.ok_or(Failure::Refused("its claims are not those of a user"))?;
    check(token, claimed, now).map_err(Failure::Refused)?;
    let claims = keys.verify(url, NamedBy::Configuration, token, algorithm);
    let claims = claims.await?;
    user(token, &claims, now)
}

/// Verifies a token of a user by these keys, which are all that the auth plugin has.
pub(super) fn verify_by(
    token: &Unverified<'_>,
    now: SystemTime,
    keys: &KeySet,
) -> Result<VerifiedUser, Failure> {
    let claims = token
        .algorithm()
        .and_then(|algorithm| keys.verify(token, algorithm));
    user(token, &claims.map_err(Failure::Refused)?, now)
}

/// Whether the claims have what a token of its type has to have, and are good now; tells when it ends. What is said of
/// a token that was signed for nobody, or for ever, comes later: only a signature makes it worth saying.
fn check(
    token: &Unverified<'_>,
    claims: &Claims,
    now: SystemTime,
) -> Result<Option<SystemTime>, Reason> {
    if kind(token) == Some(UserTokenKind::Untyped) {
        return claims.check_times(now);
    }
    let ends = claims.check_end(now)?;
    claims.sub.as_ref().ok_or("it has no claim `sub`")?;
    Ok(Some(ends))
}

fn user(token: &Unverified<'_>, claims: &Claims, now: SystemTime) -> Result<VerifiedUser, Failure> {
    let ends = check(token, claims, now).map_err(Failure::Refused)?;
    let subject = claims.subject();
    let subject = subject.ok_or(Failure::Incomplete("No user sub found in token"))?;
    Ok(VerifiedUser {
        user_entity_ref: subject.to_owned(),
        expires_at: ends.ok_or(Failure::Incomplete("User token is missing expiration"))?,
    })
}

#[derive(Serialize)]
struct LimitedHeader<'a> {
    typ: &'static str,
    alg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// The claims of a limited token: their order and their very bytes are what `uip` has signed.
#[derive(Serialize)]
pub(super) struct LimitedClaims<'a> {
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<Value>,
    exp: Value,
}

impl<'a> LimitedClaims<'a> {
    /// Those of a token that is issued.
    pub(super) fn new(sub: &'a str, iat: u64, exp: u64) -> Self {
        Self {
            sub,
            iat: Some(iat.into()),
            exp: exp.into(),
        }
    }
}

/// Makes a limited token from a token of a user that was verified before.
pub(super) fn limit(token: &Token) -> Result<LimitedUserToken, AuthError> {
    let failed =
        |why| AuthError::authentication(format!("Failed to create limited user token, {why}"));
    let full = Unverified::read(token.expose());
    let full = full.ok_or_else(|| failed("invalid token"))?;
    let claims = full.claimed.as_ref();
    let claims = claims.ok_or_else(|| failed("invalid token"))?;
    // The times were checked when the token was verified; here its end is only of interest.
    let ends = claims.ends().ok().flatten();
    let expires_at = ends.ok_or_else(|| failed("invalid token"))?;
    let limited = |token| LimitedUserToken { token, expires_at };
    match kind(&full) {
        None => return Err(failed("invalid token type")),
        Some(UserTokenKind::Limited) => return Ok(limited(token.clone())),
        Some(UserTokenKind::Full | UserTokenKind::Untyped) => {}
    }
    let proof = claims.uip.as_deref();
    let proof = proof.ok_or_else(|| failed("missing user identity proof"))?;
    let (Some(sub), Some(exp)) = (claims.sub.as_deref(), claims.exp.clone()) else {
        return Err(failed("invalid token"));
    };
    let header = encoded(&LimitedHeader {
        typ: LIMITED,
        alg: full.header.alg.as_deref().unwrap_or_default(),
        kid: full.header.kid.as_deref(),
    });
    let claims = encoded(&LimitedClaims {
        sub,
        iat: claims.iat.clone(),
        exp,
    });
    Ok(limited(Token::new(format!("{header}.{claims}.{proof}"))))
}

fn encoded(part: &impl Serialize) -> String {
    let written = serde_json::to_vec(part);
    BASE64.encode(written.expect("texts and numbers serialise into memory without fail"))
}
