//! Checks a node against alternatives: the variants of an enum, or a value that may be absent.
//!
//! "It fits none of the alternatives" helps nobody. So the alternative that was meant is guessed
//! from the tag, from the only key, or because it is the only one of the right shape, and its
//! mistakes are reported as if there were no others.

use serde_json::{Map as JsonMap, Value as Json};

use super::words::{self, resolve};
use super::{Checker, Coercion, Known, Outcome, Spot, list_of};
use crate::config::error::ConfigError;
use crate::config::keys::join;
use crate::config::read::one_of;
use crate::config::tree::{Node, Value};

impl Checker<'_> {
    /// Checks `node` against the alternatives: the first that fits without conversions, else with
    /// them.
    pub(super) fn choose(&self, branches: &[Json], node: &mut Node, spot: &Spot) -> Outcome {
        let passes: &[Coercion] = match spot.coercion {
            Coercion::Strict => &[Coercion::Strict],
            Coercion::Lenient => &[Coercion::Strict, Coercion::Lenient],
        };
        for coercion in passes {
            let spot = Spot {
                coercion: *coercion,
                ..spot.clone()
            };
            for branch in branches {
                let mut candidate = node.clone();
                let outcome = self.apply(branch, &mut candidate, &spot);
                if outcome.errors.is_empty() {
                    *node = candidate;
                    return outcome;
                }
            }
        }
        let real: Vec<&Json> = branches
            .iter()
            .filter(|branch| !self.is_null(branch))
            .collect();
        let meant = match real.as_slice() {
            [only] => Ok(*only),
            _ => match self.by_tag(&real, node, spot) {
                Some(decided) => decided,
                None => self
                    .by_key(&real, node)
                    .or_else(|| self.by_shape(&real, node))
                    .ok_or(None),
            },
        };
        match meant {
            Ok(branch) => Outcome {
                known: Known::All,
                ..self.apply(branch, node, spot)
            },
            Err(Some(error)) => Outcome::wrong(error),
            Err(None) => {
                let wanted = words::describe_choice(self.root, branches);
                Outcome::wrong(spot.error(node, wanted))
            }
        }
    }

    fn is_null(&self, branch: &Json) -> bool {
        self.parts(branch)
            .is_some_and(|parts| words::kinds(parts) == ["null"])
    }

    fn parts<'s>(&'s self, branch: &'s Json) -> Option<&'s JsonMap<String, Json>> {
        let parts = branch.as_object()?;
        if parts.contains_key("$ref") {
            resolve(self.root, parts).as_object()
        } else {
            Some(parts)
        }
    }

    /// Decides by a key whose value is a constant in every alternative; `None` if there is no such
    /// key.
    fn by_tag<'s>(
        &self,
        branches: &[&'s Json],
        node: &Node,
        spot: &Spot,
    ) -> Option<Result<&'s Json, Option<ConfigError>>> {
        let Value::Map(map) = &node.value else {
            return None;
        };
        let constant = |branch: &Json, tag: &str| {
            let property = self.parts(branch)?.get("properties")?.get(tag)?;
            Some(property.get("const")?.as_str()?.to_owned())
        };
        let first = self
            .parts(branches.first()?)?
            .get("properties")?
            .as_object()?;
        let tag = first.keys().find(|tag| {
            branches
                .iter()
                .all(|branch| constant(branch, tag).is_some())
        })?;
        let names: Vec<_> = branches
            .iter()
            .filter_map(|branch| constant(branch, tag))
            .collect();
        let Some(entry) = map.get(tag) else {
            return Some(Err(Some(spot.missing(node, tag))));
        };
        if let Value::Text(found) = &entry.node.value
            && let Some(index) = names.iter().position(|name| name == found)
        {
            return Some(Ok(branches[index]));
        }
        let spot = Spot {
            key: join(&spot.key, tag),
            ..spot.clone()
        };
        let wanted = one_of(names.iter().map(String::as_str));
        Some(Err(Some(spot.error(&entry.node, wanted))))
    }

    /// Decides by the only key of an object, which names the variant.
    fn by_key<'s>(&self, branches: &[&'s Json], node: &Node) -> Option<&'s Json> {
        let Value::Map(map) = &node.value else {
            return None;
        };
        let (name, _) = map.get_index(0).filter(|_| map.len() == 1)?;
        branches.iter().copied().find(|branch| {
            self.parts(branch)
                .is_some_and(|parts| words::variant(parts) == Some(name))
        })
    }

    /// Decides for the only alternative of the node's shape, if the node is an object or a list and
    /// its mistakes are therefore further in.
    fn by_shape<'s>(&self, branches: &[&'s Json], node: &Node) -> Option<&'s Json> {
        let kind = match &node.value {
            Value::Map(_) => "object",
            Value::List(_) => "array",
            _ => return None,
        };
        let mut fitting = branches.iter().copied().filter(|branch| {
            self.parts(branch).is_some_and(|parts| {
                words::kinds(parts).contains(&kind)
                    && words::variant(parts).is_none()
                    && list_of(parts, "oneOf").is_empty()
            })
        });
        let only = fitting.next()?;
        fitting.next().is_none().then_some(only)
    }
}
