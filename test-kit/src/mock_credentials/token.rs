//! The text of mock tokens, written and read.

use std::fmt::{self, Write as _};

use greenroom::auth::{
    AccessRestrictions, Credentials, PermissionAttributes, Principal, ServicePrincipal,
    UserPrincipal,
};
use serde::{Deserialize, Serialize};

use super::{DEFAULT_SERVICE, DEFAULT_USER};

/// What a token begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Nobody,
    User,
    LimitedUser,
    Service,
}

impl Word {
    const ALL: [Self; 4] = [Self::Nobody, Self::User, Self::LimitedUser, Self::Service];

    /// The word behind `mock-` or `mock-invalid-`.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Nobody => "none-token",
            Self::User => "user-token",
            Self::LimitedUser => "limited-user-token",
            Self::Service => "service-token",
        }
    }
}

/// A mock token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MockToken {
    pub(crate) word: Word,
    pub(crate) claims: Claims,
}

/// What a token says beyond its word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Claims {
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Actor>,
    /// The user on whose behalf a plugin calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) obo: Option<String>,
    /// The plugin that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    /// The only plugins where it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plugins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_restrictions: Option<Restrictions>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Actor {
    sub: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Restrictions {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    permission_names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    actions: Vec<String>,
}

impl Claims {
    /// Those of this subject.
    pub(super) fn of(subject: impl Into<String>) -> Self {
        Self {
            sub: Some(subject.into()),
            ..Self::default()
        }
    }

    /// The same, where this subject goes without saying.
    pub(super) fn unless(mut self, default: &str) -> Self {
        self.sub = self.sub.filter(|subject| subject != default);
        self
    }

    pub(super) fn act_by(&mut self, subject: impl Into<String>) {
        let sub = subject.into();
        self.actor = Some(Actor { sub });
    }

    pub(super) fn restrict(&mut self, restrictions: &AccessRestrictions) {
        self.access_restrictions = Some(Restrictions {
            permission_names: restrictions.permission_names.clone(),
            actions: restrictions.permission_attributes.action.clone(),
        });
    }

    /// What the service may do. One that is only for some plugins is restricted, if to nothing in particular.
    fn restrictions(&self) -> Option<AccessRestrictions> {
        let restrictions = match (&self.access_restrictions, &self.plugins) {
            (Some(restrictions), _) => restrictions.clone(),
            (None, Some(_)) => Restrictions::default(),
            (None, None) => return None,
        };
        Some(AccessRestrictions {
            permission_names: restrictions.permission_names,
            permission_attributes: PermissionAttributes {
                action: restrictions.actions,
            },
        })
    }
}

impl MockToken {
    /// A plugin's token for a call to another.
    pub(crate) fn of_plugin(plugin: &str, target: &str, on_behalf_of: Option<String>) -> Self {
        let claims = Claims {
            sub: Some(format!("plugin:{plugin}")),
            obo: on_behalf_of,
            target: Some(target.to_owned()),
            ..Claims::default()
        };
        Self {
            word: Word::Service,
            claims,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("mock-")?;
        let (word, rest) = Word::ALL
            .into_iter()
            .find_map(|word| Some((word, text.strip_prefix(word.suffix())?)))?;
        let claims = match rest.strip_prefix(':') {
            Some(claims) if word != Word::Nobody => serde_json::from_str(claims).ok()?,
            None if rest.is_empty() && word != Word::LimitedUser => Claims::default(),
            _ => return None,
        };
        Some(Self { word, claims })
    }

    /// Whose it is.
    pub(crate) fn credentials(&self) -> Credentials {
        let Claims {
            sub, actor, obo, ..
        } = &self.claims;
        let subject = |default: &str| sub.clone().unwrap_or_else(|| default.to_owned());
        let service = || ServicePrincipal {
            subject: subject(DEFAULT_SERVICE),
            access_restrictions: self.claims.restrictions(),
        };
        Credentials::from(match (self.word, obo) {
            (Word::Nobody, _) => Principal::None,
            (Word::User | Word::LimitedUser, _) => Principal::User(UserPrincipal {
                user_entity_ref: subject(DEFAULT_USER),
                actor: actor.as_ref().map(|actor| ServicePrincipal {
                    subject: actor.sub.clone(),
                    access_restrictions: None,
                }),
            }),
            (Word::Service, Some(user)) => Principal::User(UserPrincipal {
                user_entity_ref: user.clone(),
                actor: Some(service()),
            }),
            (Word::Service, None) => Principal::Service(service()),
        })
    }
}

/// The claims are JSON in visible letters without a semicolon, so that the token stands in headers and cookies
/// whoever it is of.
impl fmt::Display for MockToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "mock-{}", self.word.suffix())?;
        if self.claims == Claims::default() {
            return Ok(());
        }
        formatter.write_char(':')?;
        let claims = serde_json::to_string(&self.claims).map_err(|_| fmt::Error)?;
        for letter in claims.chars() {
            if letter.is_ascii_graphic() && letter != ';' {
                formatter.write_char(letter)?;
            } else {
                // Such a letter stands within a string of the JSON text.
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(formatter, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let restrictions = AccessRestrictions {
            permission_names: vec!["todo.read".to_owned()],
            permission_attributes: PermissionAttributes {
                action: vec!["read".to_owned()],
            },
        };
        let mut restricted = Claims::of("external:ci");
        restricted.restrict(&restrictions);
        restricted.plugins = Some(vec!["todo".to_owned()]);
        assert_eq!(restricted.restrictions(), Some(restrictions));
        for (word, claims) in [
            (Word::Nobody, Claims::default()),
            (Word::User, Claims::default()),
            (Word::User, Claims::of("user:default/ä; \u{1f600}\n")),
            (Word::LimitedUser, Claims::of("user:default/jane")),
            (Word::Service, restricted),
        ] {
            let token = MockToken { word, claims };
            let text = token.to_string();
            let fits = |letter: char| letter.is_ascii_graphic() && letter != ';';
            assert!(text.chars().all(fits), "{text}");
            assert_eq!(MockToken::parse(&text), Some(token), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_token() {
        for text in [
            "",
            "mock-",
            "mock-token",
            "mock-user-tokens",
            "mock-user-token:",
            "mock-user-token:{",
            "mock-user-token:{\"name\":\"jane\"}",
            "mock-none-token:{}",
            "mock-limited-user-token",
            "mock-invalid-user-token",
            "eyJhbGciOiJub25lIn0.e30.",
        ] {
            assert_eq!(MockToken::parse(text), None, "{text}");
        }
    }
}
