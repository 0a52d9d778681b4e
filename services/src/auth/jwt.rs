//! What a token says, first as it claims and then as it is proved.
//!
//! The order of tries has to know what kind of token it sees before any key is at hand. So a token is first
//! looked into, and nothing that is seen then counts. Claims count only from [`Unverified::verify`], which has
//! checked the signature; the times are checked against the given one, because a test has to set it.

use std::str::FromStr as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The largest token that is looked at, in bytes; servers take no larger headers.
pub(super) const LONGEST: usize = 64 * 1024;

/// Why a token is refused, for the log: it tells nothing of the token.
pub(super) type Reason = &'static str;

const NO_TIME: Reason = "one of its times is none";

/// Whether it has a header, a payload and a signature. The last may be empty, as with the algorithm `none`: that is refused
/// for its own reason.
pub(super) fn has_parts(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// A token that is one by its form.
pub(super) struct Unverified<'a> {
    token: &'a str,
    pub(super) header: Header,
    /// As they are claimed; none if they are not those of a token of ours.
    pub(super) claimed: Option<Claims>,
}

/// The header of a token; other members say nothing to us.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) typ: Option<String>,
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    /// Extensions without which the token must not be understood. We know none.
    crit: Option<IgnoredAny>,
}

/// The claims of a token. One that is written as `null` is there all the same: it is a subject without a name, or a
/// time that is none.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claims {
    #[serde(default, deserialize_with = "name")]
    pub(super) sub: Option<String>,
    pub(super) iss: Option<String>,
    pub(super) aud: Option<Audience>,
    #[serde(default, deserialize_with = "anything")]
    pub(super) iat: Option<Value>,
    #[serde(default, deserialize_with = "anything")]
    pub(super) exp: Option<Value>,
    #[serde(default, deserialize_with = "anything")]
    nbf: Option<Value>,
    /// On behalf of whom: a limited user token.
    pub(super) obo: Option<String>,
    /// The signature of the limited token that can be made of this one.
    pub(super) uip: Option<String>,
    /// Whose things the user owns.
    pub(super) ent: Option<Vec<String>>,
}

fn name<'de, D: Deserializer<'de>>(claim: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::deserialize(claim)?.unwrap_or_default()))
}

fn anything<'de, D: Deserializer<'de>>(claim: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(claim).map(Some)
}

/// For whom a token is.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(super) fn names(&self, wanted: &str) -> bool {
        match self {
            Self::One(audience) => audience == wanted,
            Self::Many(audiences) => audiences.iter().any(|audience| audience == wanted),
        }
    }
}

impl<'a> Unverified<'a> {
    /// Looks into what may be a token.
    pub(super) fn read(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST || !has_parts(token) {
            return None;
        }
        let mut parts = token.split('.');
        let (header, payload) = (parts.next()?, parts.next()?);
        let header = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
        let payload = BASE64.decode(payload).ok()?;
        Some(Self {
            token,
            header,
            claimed: serde_json::from_slice(&payload).ok(),
        })
    }

    /// The algorithm, if it is one that we know. `none` is not.
    pub(super) fn algorithm(&self) -> Result<Algorithm, Reason> {
        if self.header.crit.is_some() {
            return Err("its header has critical extensions");
        }
        let name = self.header.alg.as_deref().unwrap_or_default();
        Algorithm::from_str(name).map_err(|_| "its algorithm is not accepted")
    }

    /// The claims, once the signature is right.
    pub(super) fn verify(&self, key: &DecodingKey, algorithm: Algorithm) -> Result<Claims, Reason> {
        let mut validation = Validation::new(algorithm);
        // These are checked here, by another clock and with the anchor's rules.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let verified = jsonwebtoken::decode::<Claims>(self.token, key, &validation);
        match verified.map_err(jsonwebtoken::errors::Error::into_kind) {
            Ok(verified) => Ok(verified.claims),
            Err(jsonwebtoken::errors::ErrorKind::InvalidSignature) => Err("its signature is wrong"),
            Err(_) => Err("it cannot be read, or its key does not fit"),
        }
    }
}

impl Claims {
    /// Who it is about; nobody has an empty name.
    pub(super) fn subject(&self) -> Option<&str> {
        self.sub.as_deref().filter(|subject| !subject.is_empty())
    }

    /// Whether the token is good now; tells when it ends, if it does.
    pub(super) fn check_times(&self, now: SystemTime) -> Result<Option<SystemTime>, Reason> {
        if self.iat.as_ref().is_some_and(|began| !began.is_number()) {
            return Err(NO_TIME);
        }
        let begins = self.nbf.as_ref().map(time).transpose()?;
        if begins.is_some_and(|begins| begins > now) {
            return Err("it is not valid yet");
        }
        let ends = self.ends()?;
        if ends.is_some_and(|ends| ends <= now) {
            return Err("it has expired");
        }
        Ok(ends)
    }

    /// When the token ends, if it does.
    pub(super) fn ends(&self) -> Result<Option<SystemTime>, Reason> {
        self.exp.as_ref().map(time).transpose()
    }

    /// As [`check_times`](Self::check_times), for a token that has to say when it was issued and when it ends.
    pub(super) fn check_end(&self, now: SystemTime) -> Result<SystemTime, Reason> {
        let ends = self.check_times(now)?;
        self.iat.as_ref().ok_or("it has no claim `iat`")?;
        ends.ok_or("it has no claim `exp`")
    }
}

/// Seconds since 1970 as a time.
fn time(seconds: &Value) -> Result<SystemTime, Reason> {
    let since = seconds.as_f64().map(Duration::try_from_secs_f64);
    let since = since.and_then(Result::ok);
    let time = since.and_then(|since| UNIX_EPOCH.checked_add(since));
    time.ok_or(NO_TIME)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: serde_json::Value) -> Claims {
        serde_json::from_value(value).expect("they are claims")
    }

    #[test]
    fn times_are_compared_to_the_second() {
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        for (written, good) in [
            (json!({}), true),
            (json!({ "exp": 1001 }), true),
            (json!({ "exp": 1000 }), false),
            (json!({ "exp": 1000.5 }), true),
            (json!({ "nbf": 1000 }), true),
            (json!({ "nbf": 1001 }), false),
            (json!({ "iat": 5000 }), true),
            (json!({ "exp": -1 }), false),
            (json!({ "exp": 1e300 }), false),
            (json!({ "exp": null }), false),
            (json!({ "exp": "2000" }), false),
            (json!({ "nbf": null }), false),
            (json!({ "iat": null }), false),
            (json!({ "iat": "500" }), false),
        ] {
            let checked = claims(written.clone()).check_times(now);
            assert_eq!(checked.is_ok(), good, "{written}");
        }
        for (written, good) in [
            (json!({ "exp": 1001, "iat": 500 }), true),
            (json!({ "exp": 1001 }), false),
            (json!({ "iat": 500 }), false),
        ] {
            let checked = claims(written.clone()).check_end(now);
            assert_eq!(checked.is_ok(), good, "{written}");
        }
    }

    #[test]
    fn what_is_no_token_is_not_looked_into() {
        for token in ["", "a", "a.b", "a.b.c", "e30.e30", "e30.e30.a.b", "ä.e30.a"] {
            assert!(Unverified::read(token).is_none(), "{token}");
        }
        let long = format!("e30.e30.{}", "a".repeat(LONGEST));
        assert!(Unverified::read(&long).is_none());
        assert!(Unverified::read("e30.e30.").is_some());
    }

    #[test]
    fn extensions_and_algorithms_that_are_not_known_are_refused() {
        for header in [
            json!({}),
            json!({ "alg": "none" }),
            json!({ "alg": "ES256", "crit": ["b64"], "b64": false }),
        ] {
            let token = format!("{}.e30.", BASE64.encode(header.to_string()));
            let token = Unverified::read(&token).expect("it has the form of one");
            assert!(token.algorithm().is_err(), "{header}");
        }
    }
}
