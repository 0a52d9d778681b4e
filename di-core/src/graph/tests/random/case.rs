//! A random backend, as plain data: short to read when it is printed.

use std::fmt;

use super::universe::{Thing, What};

/// A backend: its features and the seed of another order.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) features: Vec<Spec>,
    pub(super) shuffle: u64,
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, spec) in self.features.iter().enumerate() {
            let eager = if spec.eager { " eager" } else { "" };
            let Spec {
                role, asks, lists, ..
            } = spec;
            writeln!(
                formatter,
                "  {number}:{eager} {role:?} in {lists:?} takes {asks:?}"
            )?;
        }
        Ok(())
    }
}

/// A feature, and the lists that it is in.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) role: Role,
    pub(super) asks: Vec<Ask>,
    pub(super) eager: bool,
    pub(super) lists: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plugin(usize),
    /// The plugin, and the module's own id.
    Module(usize, usize),
    Factory(Thing),
    Decorator(Thing),
}

/// A parameter.
#[derive(Clone, Copy)]
pub(super) struct Ask {
    pub(super) how: How,
    pub(super) thing: Thing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Required,
    Optional,
    Many,
    Settings,
    SharedSettings,
    Extend,
    Offer,
}

impl How {
    pub(super) fn is_point(self) -> bool {
        matches!(self, How::Extend | How::Offer)
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {:?}", self.how, self.thing)
    }
}

impl Case {
    /// Whether a decorator declares what it wraps anew: then what is outermost hangs on the order.
    pub(super) fn redeclares_by_decorator(&self) -> bool {
        let mut roles = self.features.iter().map(|spec| spec.role);
        roles.any(|role| matches!(role, Role::Decorator(thing) if thing.copy))
    }
}

impl Spec {
    pub(super) fn offers(&self, what: What) -> bool {
        let offers = |ask: &Ask| ask.how == How::Offer && ask.thing.what == what;
        self.asks.iter().any(offers)
    }

    pub(super) fn extends(&self, what: What) -> bool {
        let extends = |ask: &Ask| ask.how == How::Extend && ask.thing.what == what;
        self.asks.iter().any(extends)
    }
}
