//! Tokens by which plugins call each other: signed by the caller, for one target, for an hour.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::jwt::{Claims, Reason, Unverified};

/// The header `typ` of a plugin's token.
pub(super) const PLUGIN: &str = "vnd.backstage.plugin";

/// How long a token lasts, if the user in whose name it is does not end earlier.
pub(super) const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The claims of a token, in the anchor's order.
#[derive(Debug, Serialize)]
pub(super) struct PluginClaims<'a> {
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    obo: Option<&'a str>,
}

/// In whose name a call is made.
#[derive(Clone, Copy)]
pub(super) struct OnBehalfOf<'a> {
    pub(super) limited_token: &'a str,
    pub(super) expires_at: SystemTime,
}

impl<'a> PluginClaims<'a> {
    /// The claims of a token that begins now; none if the user's own has ended.
    pub(super) fn new(
        caller: &'a str,
        target: &'a str,
        now: u64,
        on_behalf_of: Option<OnBehalfOf<'a>>,
    ) -> Option<Self> {
        let longest = now.saturating_add(LIFETIME.as_secs());
        let exp = match on_behalf_of {
            None => longest,
            Some(user) => {
                let ends = user.expires_at.duration_since(UNIX_EPOCH).ok()?;
                longest.min(ends.as_secs())
            }
        };
        (exp > now).then_some(Self {
            sub: caller,
            aud: target,
            iat: now,
            exp,
            obo: on_behalf_of.map(|user| user.limited_token),
        })
    }
}

/// What is wrong with the subject of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadSubject {
    Missing,
    /// It is no id of a plugin, and would lead elsewhere in an address.
    Forbidden,
}

/// Which plugin claims to call.
pub(super) fn subject(claims: &Claims) -> Result<&str, BadSubject> {
    let subject = claims.subject().ok_or(BadSubject::Missing)?;
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if subject.len() > 128 || !subject.bytes().all(is_id) {
        return Err(BadSubject::Forbidden);
    }
    Ok(subject)
}

/// Whether the token is for this plugin, and good now; tells when it ends.
pub(super) fn check(claims: &Claims, target: &str, now: SystemTime) -> Result<SystemTime, Reason> {
    let audience = claims.aud.as_ref();
    if !audience.is_some_and(|audience| audience.names(target)) {
        return Err("it is for another plugin");
    }
    claims.check_end(now)
}

/// Whether this claims to be a token of a plugin.
pub(super) fn is_plugin_token(token: &Unverified<'_>) -> bool {
    token.header.typ.as_deref() == Some(PLUGIN)
}
