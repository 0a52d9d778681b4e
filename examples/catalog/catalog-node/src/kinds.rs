//! The kinds of entities: what the spec of each needs, and which members of it refer to other entities.
//!
//! One table serves both, the check of a spec and the relations.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Entity, EntityRef, Mistake};

/// The kinds that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[expect(missing_docs, reason = "they are the words of the format")]
pub enum Kind {
    Component,
    #[serde(rename = "API")]
    Api,
    Group,
    User,
    System,
    Domain,
    Resource,
    Location,
}

/// A member of a spec that refers to other entities.
struct Field {
    name: &'static str,
    holds: Holds,
    /// The kind of what it refers to, if a reference may leave it out.
    kind: Option<Kind>,
    /// What the entity is to the other, and the other to it.
    relations: (&'static str, &'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    One,
    Many,
}

/// That an entity's spec refers to another entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// What the entity is to the other, such as `ownedBy`.
    pub relation: &'static str,
    /// What the other is to the entity, such as `ownerOf`.
    pub inverse: &'static str,
    /// The other.
    pub target: EntityRef,
}

const fn one(name: &'static str, kind: Kind, relations: (&'static str, &'static str)) -> Field {
    Field {
        name,
        holds: Holds::One,
        kind: Some(kind),
        relations,
    }
}

const fn many(
    name: &'static str,
    kind: Option<Kind>,
    relations: (&'static str, &'static str),
) -> Field {
    Field {
        name,
        holds: Holds::Many,
        kind,
        relations,
    }
}

const PART: (&str, &str) = ("partOf", "hasPart");
const DEPENDS: (&str, &str) = ("dependsOn", "dependencyOf");
const DEPENDENCY: (&str, &str) = ("dependencyOf", "dependsOn");
const MEMBER: (&str, &str) = ("memberOf", "hasMember");
const HAS_MEMBER: (&str, &str) = ("hasMember", "memberOf");
const CHILD: (&str, &str) = ("childOf", "parentOf");
const PARENT: (&str, &str) = ("parentOf", "childOf");
const PROVIDES: (&str, &str) = ("providesApi", "apiProvidedBy");
const CONSUMES: (&str, &str) = ("consumesApi", "apiConsumedBy");

const OWNER: Field = one("owner", Kind::Group, ("ownedBy", "ownerOf"));
const SYSTEM: Field = one("system", Kind::System, PART);
const DEPENDS_ON: Field = many("dependsOn", None, DEPENDS);
const DEPENDENCY_OF: Field = many("dependencyOf", None, DEPENDENCY);

const COMPONENT: &[Field] = &[
    OWNER,
    SYSTEM,
    one("subcomponentOf", Kind::Component, PART),
    many("providesApis", Some(Kind::Api), PROVIDES),
    many("consumesApis", Some(Kind::Api), CONSUMES),
    DEPENDS_ON,
    DEPENDENCY_OF,
];
const GROUP: &[Field] = &[
    one("parent", Kind::Group, CHILD),
    many("children", Some(Kind::Group), PARENT),
    many("members", Some(Kind::User), HAS_MEMBER),
];

impl Kind {
    /// The name, as it is written in a descriptor.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Component => "Component",
            Self::Api => "API",
            Self::Group => "Group",
            Self::User => "User",
            Self::System => "System",
            Self::Domain => "Domain",
            Self::Resource => "Resource",
            Self::Location => "Location",
        }
    }

    /// The members that its spec has to have.
    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Component => &["type", "lifecycle", "owner"],
            Self::Api => &["type", "lifecycle", "owner", "definition"],
            Self::Group => &["type", "children"],
            Self::User => &["memberOf"],
            Self::System | Self::Domain => &["owner"],
            Self::Resource => &["type", "owner"],
            Self::Location => &[],
        }
    }

    fn fields(self) -> &'static [Field] {
        match self {
            Self::Component => COMPONENT,
            Self::Api => const { &[OWNER, SYSTEM] },
            Self::Group => GROUP,
            Self::User => const { &[many("memberOf", Some(Kind::Group), MEMBER)] },
            Self::System => const { &[OWNER, one("domain", Kind::Domain, PART)] },
            Self::Domain => const { &[OWNER, one("subdomainOf", Kind::Domain, PART)] },
            Self::Resource => const { &[OWNER, SYSTEM, DEPENDS_ON, DEPENDENCY_OF] },
            Self::Location => &[],
        }
    }

    /// Whether an entity of this kind has an owner.
    #[must_use]
    pub fn has_owner(self) -> bool {
        self.required().contains(&"owner")
    }
}

impl Entity {
    /// The entities to which the spec refers. What is no reference is left out; [`Entity::mistakes`] tells it.
    #[must_use]
    pub fn mentions(&self) -> Vec<Mention> {
        let found = self.read_mentions().into_iter();
        found.filter_map(Result::ok).collect()
    }

    pub(crate) fn mistakes_in_spec(&self) -> Vec<Mistake> {
        let kind = self.kind.name();
        let missing = self.kind.required().iter().filter(|field| {
            let value = self.spec.get(**field);
            value.is_none_or(|value| value.is_null() || value.as_str() == Some(""))
        });
        missing
            .map(|field| {
                let message = format!("it is missing, and every {kind} has to have it");
                Mistake::new(format!("spec.{field}"), message)
            })
            .chain(self.read_mentions().into_iter().filter_map(Result::err))
            .collect()
    }

    fn read_mentions(&self) -> Vec<Result<Mention, Mistake>> {
        let mut found = Vec::new();
        for field in self.kind.fields() {
            let path = format!("spec.{}", field.name);
            let mut read = |path: String, value: &Value| {
                found.push(match value.as_str() {
                    Some(text) => self.mention(field, path, text),
                    None => Err(wanted(path, "an entity reference", value)),
                });
            };
            match (self.spec.get(field.name), field.holds) {
                // Required members that are empty are told once, as missing.
                (None | Some(Value::Null), _) => {}
                (Some(value), Holds::One) if value.as_str() != Some("") => read(path, value),
                (Some(_), Holds::One) => {}
                (Some(Value::Array(values)), Holds::Many) => {
                    for (index, value) in values.iter().enumerate() {
                        read(format!("{path}[{index}]"), value);
                    }
                }
                (Some(value), Holds::Many) => {
                    found.push(Err(wanted(path, "a list of entity references", value)));
                }
            }
        }
        found
    }

    fn mention(&self, field: &Field, path: String, text: &str) -> Result<Mention, Mistake> {
        let target = EntityRef::parse(text, field.kind, &self.metadata.namespace);
        let (relation, inverse) = field.relations;
        Ok(Mention {
            relation,
            inverse,
            target: target.map_err(|message| Mistake::new(path, message))?,
        })
    }
}

fn wanted(path: String, wanted: &str, found: &Value) -> Mistake {
    Mistake::new(path, format!("found `{found}`, wanted {wanted}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_spec_without_what_its_kind_needs_is_told_whole() {
        let entity = Entity::new(Kind::Component, "a")
            .with("type", "")
            .with("owner", "two words")
            .with("providesApis", "one")
            .with("dependsOn", json!(["component:b", "c", 3]));
        let told: Vec<_> = entity
            .mistakes()
            .iter()
            .map(|mistake| format!("{}: {}", mistake.path, mistake.message))
            .collect();
        assert_eq!(
            told,
            [
                "spec.type: it is missing, and every Component has to have it",
                "spec.lifecycle: it is missing, and every Component has to have it",
                "spec.owner: found `two words`, wanted a reference `[kind:][namespace/]name`",
                "spec.providesApis: found `\"one\"`, wanted a list of entity references",
                "spec.dependsOn[1]: found `c`, wanted a reference `kind:[namespace/]name`",
                "spec.dependsOn[2]: found `3`, wanted an entity reference",
            ]
        );
        assert_eq!(entity.mentions().len(), 1);
    }

    #[test]
    fn references_are_completed_by_their_field() {
        let entity = Entity::new(Kind::User, "ada").with("memberOf", json!(["team", "x/team"]));
        let targets: Vec<_> = entity
            .mentions()
            .iter()
            .map(|it| format!("{} {} {}", it.relation, it.target, it.inverse))
            .collect();
        assert_eq!(
            targets,
            [
                "memberOf group:default/team hasMember",
                "memberOf group:x/team hasMember"
            ]
        );
        assert!(entity.mistakes().is_empty());
    }
}
