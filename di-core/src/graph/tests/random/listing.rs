//! How the features of a random backend are listed: six lists, some of them inside another, in one order
//! or in another.

use super::case::{Ask, Case, How, Role};
use super::universe::{MODULES, PLUGINS, Universe};
use crate::feature::{Dependency, Entry, FeatureMeta, Initialization, Kind, Precedence};
use crate::graph::tests::build::{derivation, entry, keep, list, meta, request};
use crate::inject::{Audience, Need};
use crate::service::hash;

/// The lists: name, whether what it lists gives way, and the list around it. The first is `backend!`.
const LISTS: [(&str, Precedence, Option<usize>); 6] = [
    ("backend", Precedence::Explicit, None),
    ("acme::some", Precedence::Explicit, Some(0)),
    ("acme::defaults", Precedence::Overridable, Some(0)),
    ("acme::inner", Precedence::Explicit, Some(2)),
    ("acme::others", Precedence::Overridable, Some(0)),
    ("acme::fallback", Precedence::Overridable, Some(1)),
];

/// A row of a list.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// A feature, and the line of its entry.
    Feature(usize, u32),
    List(usize, Vec<Row>),
}

/// A feature at one of its places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) feature: usize,
    /// The line of the entry.
    pub(super) line: u32,
    /// The entry of `backend!` that brings it.
    pub(super) position: u32,
    pub(super) is_default: bool,
}

/// The line of a feature's function.
pub(super) fn line_of(feature: usize) -> u32 {
    100 * (feature as u32 + 1)
}

/// The line of a parameter.
pub(super) fn line_of_ask(feature: usize, ask: usize) -> u32 {
    line_of(feature) + 1 + ask as u32
}

pub(super) fn rows(case: &Case) -> Vec<Row> {
    rows_of(case, 0)
}

fn rows_of(case: &Case, of: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (feature, spec) in case.features.iter().enumerate() {
        for (nth, &list) in spec.lists.iter().enumerate() {
            if list == of {
                let line = 10_000 + 10 * feature as u32 + nth as u32;
                rows.push(Row::Feature(feature, line));
            }
        }
    }
    for (list, &(_, _, around)) in LISTS.iter().enumerate() {
        if around == Some(of) {
            rows.push(Row::List(list, rows_of(case, list)));
        }
    }
    rows.retain(|row| !matches!(row, Row::List(_, inner) if inner.is_empty()));
    rows
}

/// The rows in another order, at every level.
pub(super) fn shuffled(rows: &[Row], seed: u64) -> Vec<Row> {
    let mut state = seed;
    shuffle(rows, &mut state)
}

fn shuffle(rows: &[Row], state: &mut u64) -> Vec<Row> {
    let mut rows = rows.to_vec();
    for last in (1..rows.len()).rev() {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        rows.swap(last, (*state >> 33) as usize % (last + 1));
    }
    for row in &mut rows {
        if let Row::List(_, inner) = row {
            *inner = shuffle(inner, state);
        }
    }
    rows
}

/// The features as the nodes of the graph stand, without the container's own.
pub(super) fn flat(rows: &[Row]) -> Vec<Seat> {
    let mut seats = Vec::new();
    for (row, position) in rows.iter().zip(0..) {
        seat(row, position, false, &mut seats);
    }
    seats
}

fn seat(row: &Row, position: u32, is_default: bool, seats: &mut Vec<Seat>) {
    match row {
        &Row::Feature(feature, line) => seats.push(Seat {
            feature,
            line,
            position,
            is_default,
        }),
        Row::List(list, rows) => {
            let gives_way = LISTS[*list].1 == Precedence::Overridable;
            for row in rows {
                seat(row, position, is_default || gives_way, seats);
            }
        }
    }
}

/// The descriptions of the features of a case.
pub(super) struct Metas(Vec<&'static FeatureMeta>);

impl Metas {
    pub(super) fn of(universe: &Universe, case: &Case) -> Self {
        let specs = case.features.iter().enumerate();
        let metas = specs.map(|(feature, spec)| {
            let asks = spec.asks.iter().enumerate();
            let needs = asks.map(|(at, ask)| dependency(universe, ask, line_of_ask(feature, at)));
            let needs: Vec<Dependency> = needs.collect();
            let line = line_of(feature);
            let meta = match spec.role {
                Role::Plugin(plugin) => FeatureMeta {
                    key: hash(&[PLUGINS[plugin]]),
                    ..meta(Kind::Plugin, PLUGINS[plugin], &needs, line)
                },
                Role::Module(plugin, id) => FeatureMeta {
                    key: hash(&[MODULES[id]]),
                    plugin: PLUGINS[plugin],
                    plugin_key: hash(&[PLUGINS[plugin]]),
                    ..meta(Kind::Module, MODULES[id], &needs, line)
                },
                Role::Factory(thing) => FeatureMeta {
                    provides: Some(keep(*universe.service(thing))),
                    ..meta(Kind::Factory, "acme::make", &needs, line)
                },
                Role::Decorator(thing) => FeatureMeta {
                    provides: Some(keep(*universe.service(thing))),
                    ..meta(Kind::Decorator, "acme::wrap", &needs, line)
                },
            };
            let initialization = if spec.eager {
                Initialization::Eager
            } else {
                Initialization::Lazy
            };
            keep(FeatureMeta {
                initialization,
                ..meta
            })
        });
        Self(metas.collect())
    }
}

fn dependency(universe: &Universe, ask: &Ask, line: u32) -> Dependency {
    let service = || keep(*universe.service(ask.thing));
    let point = || keep(*universe.point(ask.thing).expect("it is a point"));
    let derived = |audience| Need::Derived(derivation(*universe.service(ask.thing), audience));
    let need = match ask.how {
        How::Required => Need::Required(service()),
        How::Optional => Need::Optional(service()),
        How::Many => Need::Many(service()),
        How::Settings => derived(Audience::Plugin),
        How::SharedSettings => derived(Audience::Everyone),
        How::Extend => Need::Extend(point()),
        How::Offer => Need::Offer(point()),
    };
    let spelled = match ask.how {
        How::Extend => "&mut Thing",
        _ => "Thing",
    };
    Dependency {
        request: request(need),
        name: "thing",
        spelled,
        line,
        column: 5,
    }
}

pub(super) fn entries(metas: &Metas, rows: &[Row]) -> Vec<Entry> {
    let rows = rows.iter().zip(0..).map(|(row, position)| {
        let entry = match row {
            &Row::Feature(feature, line) => entry(metas.0[feature], line),
            Row::List(at, rows) => list(LISTS[*at].0, LISTS[*at].1, &entries(metas, rows)),
        };
        Entry { position, ..entry }
    });
    rows.collect()
}
