//! What a check finds, and where it stands while it looks.

use std::collections::BTreeSet;

use crate::config::error::{ConfigError, UnknownKey};
use crate::config::keys::join;
use crate::config::read::{At, with_hint};
use crate::config::tree::{Echo, Node};

/// What the check found at one node and below.
pub(in crate::config) struct Outcome {
    pub(in crate::config) errors: Vec<ConfigError>,
    pub(in crate::config) unknown: Vec<UnknownKey>,
    pub(super) known: Known,
}

/// Which keys of an object some part of the schema speaks of.
pub(in crate::config) enum Known {
    All,
    Keys(BTreeSet<String>),
}

/// Whether text may stand for a number or a truth value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coercion {
    Strict,
    Lenient,
}

/// Where the check stands.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) key: String,
    pub(super) echo: Echo,
    pub(super) coercion: Coercion,
}

impl Outcome {
    pub(super) fn fine(known: Known) -> Self {
        Self {
            errors: Vec::new(),
            unknown: Vec::new(),
            known,
        }
    }

    pub(super) fn wrong(error: ConfigError) -> Self {
        Self {
            errors: vec![error],
            ..Self::fine(Known::All)
        }
    }

    /// Adds what another part of the schema says about the same node.
    pub(super) fn add(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.unknown.extend(other.unknown);
        match (&mut self.known, other.known) {
            (Known::Keys(keys), Known::Keys(more)) => keys.extend(more),
            (known, _) => *known = Known::All,
        }
    }

    /// Adds what was found below this node, which says nothing about this node's keys.
    pub(super) fn add_below(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.unknown.extend(other.unknown);
    }
}

impl Spot {
    pub(super) fn below(&self, key: String) -> Self {
        Self {
            key,
            ..self.clone()
        }
    }

    pub(super) fn error(&self, node: &Node, wanted: String) -> ConfigError {
        let at = At {
            node,
            key: &self.key,
            echo: self.echo,
        };
        ConfigError::Wrong {
            key: self.key.clone(),
            place: node.place.clone(),
            found: node.describe(self.echo),
            wanted: with_hint(wanted, &at),
        }
    }

    pub(super) fn missing(&self, node: &Node, field: &str) -> ConfigError {
        ConfigError::Missing {
            key: join(&self.key, field),
            note: format!("it belongs under `{}` ({})", self.key, node.place),
        }
    }
}
