//! A backend as the oracle sees it: who provides what, who wraps it, and who waits for whom.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};

use super::case::{Ask, Case, Role, Spec};
use super::listing::{Seat, line_of};
use super::oracle::Finding;
use super::universe::{BUILT_IN, MODULES, POINTS, Thing, Universe, What};

/// A node: a seat, or one of the container's own services.
pub(super) struct Node<'a> {
    pub(super) spec: Option<(usize, &'a Spec)>,
    pub(super) provides: Option<Thing>,
    pub(super) line: u32,
    pub(super) position: u32,
    pub(super) is_default: bool,
}

pub(super) struct Model<'a> {
    pub(super) universe: &'a Universe,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) selected: BTreeSet<usize>,
    /// What dependants of a service get.
    pub(super) sources: BTreeMap<What, Vec<usize>>,
    /// What a decorator that has a place in a chain gets.
    pub(super) inner: BTreeMap<usize, Vec<usize>>,
    /// What each decorator in a chain was put around first.
    pub(super) cores: BTreeMap<usize, usize>,
    pub(super) rivals: BTreeSet<usize>,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Model<'a> {
    pub(super) fn of(universe: &'a Universe, case: &'a Case, seats: &[Seat]) -> Self {
        let built_in = BUILT_IN.map(|service| Node {
            spec: None,
            provides: Some(Thing {
                what: What::Service(service),
                copy: false,
            }),
            line: 0,
            position: u32::MAX,
            is_default: false,
        });
        let seated = seats.iter().map(|seat| {
            let spec = &case.features[seat.feature];
            Node {
                spec: Some((seat.feature, spec)),
                provides: match spec.role {
                    Role::Factory(thing) | Role::Decorator(thing) => Some(thing),
                    Role::Plugin(_) | Role::Module(..) => None,
                },
                line: seat.line,
                position: seat.position,
                is_default: seat.is_default,
            }
        });
        Self {
            universe,
            nodes: built_in.into_iter().chain(seated).collect(),
            selected: BTreeSet::new(),
            sources: BTreeMap::new(),
            inner: BTreeMap::new(),
            cores: BTreeMap::new(),
            rivals: BTreeSet::new(),
            findings: Vec::new(),
        }
    }

    pub(super) fn role(&self, node: usize) -> Option<Role> {
        self.nodes[node].spec.map(|(_, spec)| spec.role)
    }

    pub(super) fn feature(&self, node: usize) -> Option<usize> {
        self.nodes[node].spec.map(|(feature, _)| feature)
    }

    pub(super) fn asks(&self, node: usize) -> &'a [Ask] {
        self.nodes[node].spec.map_or(&[], |(_, spec)| &spec.asks)
    }

    pub(super) fn is_explicit(&self, node: usize) -> bool {
        !self.nodes[node].is_default
    }

    pub(super) fn is_decorator(&self, node: usize) -> bool {
        matches!(self.role(node), Some(Role::Decorator(_)))
    }

    pub(super) fn is_sealed(&self, node: usize) -> bool {
        let thing = self.nodes[node].provides;
        thing.is_some_and(|thing| self.universe.service(thing).sealed)
    }

    pub(super) fn is_multiton(&self, node: usize) -> bool {
        let thing = self.nodes[node].provides;
        thing.is_some_and(|thing| self.universe.service(thing).multiton)
    }

    pub(super) fn find(&mut self, node: usize, code: &str, lines: &[u32]) {
        self.findings.push(Finding {
            position: self.nodes[node].position,
            code: code.to_owned(),
            lines: lines.iter().copied().filter(|&line| line != 0).collect(),
        });
    }

    /// A rival: told by where the two functions stand or, for one function, by where it is listed.
    pub(super) fn rival(&mut self, node: usize, winner: usize, code: &str) {
        self.rivals.insert(node);
        let line = |node: usize| self.feature(node).map_or(0, line_of);
        let lines = if self.feature(node) == self.feature(winner) && code != "GR0011" {
            [self.nodes[winner].line, self.nodes[node].line]
        } else {
            [line(winner), line(node)]
        };
        self.find(node, code, &lines);
    }

    pub(super) fn select_services(&mut self) {
        let mut groups: BTreeMap<What, Vec<usize>> = BTreeMap::new();
        for (node, thing) in self.nodes.iter().map(|node| node.provides).enumerate() {
            if let Some(thing) = thing {
                groups.entry(thing.what).or_default().push(node);
            }
        }
        for (what, group) in groups {
            let (wraps, makes): (Vec<usize>, Vec<usize>) =
                group.into_iter().partition(|&node| self.is_decorator(node));
            let are_many = makes.iter().any(|&node| self.is_multiton(node));
            let sources = match makes.is_empty() {
                true => Vec::new(),
                false if are_many => self.take_all(&makes),
                false => vec![self.take_one(&makes)],
            };
            let sources = self.chain(&wraps, sources, are_many);
            self.sources.insert(what, sources);
        }
    }

    /// Every function once; naming one twice is a mistake, but for defaults.
    pub(super) fn take_all(&mut self, makes: &[usize]) -> Vec<usize> {
        let mut sources: Vec<usize> = Vec::new();
        for (at, &node) in makes.iter().enumerate() {
            let same = |other: &usize| self.feature(*other) == self.feature(node);
            let before: Vec<usize> = makes[..at].iter().copied().filter(same).collect();
            if before.is_empty() {
                self.selected.insert(node);
                sources.push(node);
            }
            let named = before.into_iter().find(|&other| self.is_explicit(other));
            if let Some(named) = named.filter(|_| self.is_explicit(node)) {
                let code = if self.is_multiton(node) {
                    "GR0019"
                } else {
                    "GR0003"
                };
                self.rival(node, named, code);
            }
        }
        sources
    }

    /// What is explicit replaces defaults, unless the service is sealed.
    pub(super) fn take_one(&mut self, makes: &[usize]) -> usize {
        let is_sealed = makes.iter().any(|&node| self.is_sealed(node));
        let is_built_in = self.feature(makes[0]).is_none();
        let explicit = makes.iter().copied().find(|&node| self.is_explicit(node));
        let default = makes.iter().copied().find(|&node| !self.is_explicit(node));
        let winner = match (explicit, default) {
            _ if is_built_in => makes[0],
            (Some(_), Some(default)) if is_sealed => default,
            (Some(explicit), _) => explicit,
            (None, _) => makes[0],
        };
        self.selected.insert(winner);
        for &node in makes {
            let clash = match (self.is_explicit(winner), self.is_explicit(node)) {
                _ if node == winner => false,
                (_, true) => true,
                (true, false) => is_built_in,
                (false, false) => self.feature(winner) != self.feature(node),
            };
            if clash {
                let sealed = self.is_sealed(node) || self.is_sealed(winner);
                let code = if sealed { "GR0011" } else { "GR0003" };
                self.rival(node, winner, code);
            }
        }
        winner
    }

    /// Decorators stand around each other in listed order. Gives what dependants get.
    pub(super) fn chain(
        &mut self,
        wraps: &[usize],
        mut sources: Vec<usize>,
        are_many: bool,
    ) -> Vec<usize> {
        let core = sources.first().copied();
        for (at, &node) in wraps.iter().enumerate() {
            let same = |other: &&usize| self.feature(**other) == self.feature(node);
            if let Some(&earlier) = wraps[..at].iter().find(same) {
                self.rival(node, earlier, "GR0019");
                continue;
            }
            let (Some(core), false) = (core, are_many) else {
                continue;
            };
            if !self.is_sealed(node) && !self.is_multiton(node) {
                self.selected.insert(node);
                self.inner.insert(node, sources);
                self.cores.insert(node, core);
                sources = vec![node];
            }
        }
        sources
    }

    pub(super) fn select_inits(&mut self) {
        let mut groups: BTreeMap<(usize, Option<usize>), Vec<usize>> = BTreeMap::new();
        for node in 0..self.nodes.len() {
            let group = match self.role(node) {
                Some(Role::Plugin(plugin)) => (plugin, None),
                Some(Role::Module(plugin, id)) => (plugin, Some(id)),
                _ => continue,
            };
            groups.entry(group).or_default().push(node);
        }
        for ((_, module), group) in groups {
            let explicit = group.iter().copied().find(|&node| self.is_explicit(node));
            let winner = explicit.unwrap_or(group[0]);
            self.selected.insert(winner);
            let code = if module.is_some() { "GR0006" } else { "GR0005" };
            for node in group {
                if node != winner {
                    self.rival(node, winner, code);
                }
            }
        }
    }

    pub(super) fn plugin(&self, id: usize) -> Option<usize> {
        let mut selected = self.selected.iter().copied();
        selected.find(|&node| self.role(node) == Some(Role::Plugin(id)))
    }

    /// The modules of a plugin, by their ids.
    pub(super) fn modules(&self, plugin: usize) -> Vec<usize> {
        let modules = self
            .selected
            .iter()
            .filter_map(|&node| match self.role(node) {
                Some(Role::Module(of, id)) if of == plugin => Some((MODULES[id], node)),
                _ => None,
            });
        let sorted: BTreeMap<&str, usize> = modules.collect();
        sorted.into_values().collect()
    }

    /// What a parameter gets.
    pub(super) fn answers(&self, node: usize, ask: &Ask) -> Vec<usize> {
        let wrapped = self.nodes[node]
            .provides
            .filter(|_| self.is_decorator(node));
        if wrapped.is_some_and(|thing| thing.what == ask.thing.what) {
            return self.inner.get(&node).cloned().unwrap_or_default();
        }
        self.sources
            .get(&ask.thing.what)
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn offers(&self, node: usize, what: What) -> bool {
        self.nodes[node]
            .spec
            .is_some_and(|(_, spec)| spec.offers(what))
    }

    pub(super) fn extends(&self, node: usize, what: What) -> bool {
        self.nodes[node]
            .spec
            .is_some_and(|(_, spec)| spec.extends(what))
    }

    pub(super) fn waits(&self) -> DiGraph<(), ()> {
        let mut waits = DiGraph::new();
        for _ in &self.nodes {
            waits.add_node(());
        }
        let mut arrow = |from: usize, to: usize| {
            waits.update_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        };
        for node in 0..self.nodes.len() {
            for ask in self.asks(node) {
                for source in self.answers(node, ask) {
                    arrow(node, source);
                }
            }
            match self.role(node) {
                Some(Role::Plugin(plugin)) => {
                    for module in self.modules(plugin) {
                        arrow(node, module);
                    }
                }
                Some(Role::Module(plugin, _)) if self.plugin(plugin).is_some() => {
                    for module in self.modules(plugin) {
                        let points = (0..POINTS.len()).map(What::Point);
                        let mut shared = points
                            .filter(|&point| self.offers(node, point))
                            .filter(|&point| self.extends(module, point));
                        // What one writes to a point of its own needs no waiting.
                        if module != node && shared.next().is_some() {
                            arrow(node, module);
                        }
                    }
                }
                _ => {}
            }
        }
        waits
    }

    /// What runs in any case.
    pub(super) fn roots(&self) -> Vec<usize> {
        let is_eager = |node: usize| match self.nodes[node].spec {
            None => true,
            Some((_, spec)) => match spec.role {
                Role::Plugin(_) => true,
                Role::Module(plugin, _) => self.plugin(plugin).is_none(),
                Role::Factory(_) => spec.eager,
                Role::Decorator(_) => false,
            },
        };
        let runs = |node: &usize| is_eager(self.cores.get(node).copied().unwrap_or(*node));
        self.selected.iter().copied().filter(runs).collect()
    }
}
