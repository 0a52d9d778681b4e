//! How one entity refers to another: `kind:namespace/name`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::{Kind, names};

/// The kind, namespace and name of an entity, which may be there or not. They are compared without regard to
/// case, so they are kept in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef {
    kind: String,
    namespace: String,
    name: String,
}

impl EntityRef {
    /// The namespace of what names none.
    pub const DEFAULT_NAMESPACE: &str = "default";

    /// The reference of these parts.
    #[must_use]
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            kind: kind.to_lowercase(),
            namespace: namespace.to_lowercase(),
            name: name.to_lowercase(),
        }
    }

    /// Reads a reference whose kind may be left out where a field of an entity refers to one kind, and
    /// whose namespace may.
    ///
    /// # Errors
    ///
    /// What is wanted, when the text is no reference or lacks a kind that the field does not imply.
    pub fn parse(text: &str, kind: Option<Kind>, namespace: &str) -> Result<Self, String> {
        let (written, rest) = match text.split_once(':') {
            Some((kind, rest)) => (Some(kind), rest),
            None => (None, text),
        };
        let (namespace, name) = rest.split_once('/').unwrap_or((namespace, rest));
        let implied = kind.map(Kind::name);
        match written
            .or(implied)
            .filter(|kind| !kind.is_empty() && kind.chars().all(|it| it.is_alphanumeric()))
        {
            Some(kind) if names::is_name(namespace) && names::is_name(name) => {
                Ok(Self::new(kind, namespace, name))
            }
            _ => {
                let wanted = match implied {
                    Some(_) => "`[kind:][namespace/]name`",
                    None => "`kind:[namespace/]name`",
                };
                Err(format!("found `{text}`, wanted a reference {wanted}"))
            }
        }
    }
}

impl FromStr for EntityRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, None, Self::DEFAULT_NAMESPACE)
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.kind, self.namespace, self.name)
    }
}

impl Serialize for EntityRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_comes_from_the_field_and_the_entity() {
        let parse = |text| EntityRef::parse(text, Some(Kind::Group), "shop");
        for (text, whole) in [
            ("Team-A", "group:shop/team-a"),
            ("user:guest", "user:shop/guest"),
            ("default/team-a", "group:default/team-a"),
            ("User:Default/Guest", "user:default/guest"),
        ] {
            assert_eq!(
                parse(text).map(|it| it.to_string()).as_deref(),
                Ok(whole),
                "{text}"
            );
        }
        for text in ["", "a b", "user:", ":a", "a/b/c", "user:a:b", "/a"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(
            "team-a".parse::<EntityRef>(),
            Err("found `team-a`, wanted a reference `kind:[namespace/]name`".to_owned())
        );
    }
}
