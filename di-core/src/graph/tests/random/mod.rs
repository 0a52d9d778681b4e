//! Random backends: the check agrees with an oracle that shares no code with it, and its verdict does not
//! hang on the order of the entries.
//!
//! A case that fails is made smaller, and printed. `PROPTEST_CASES` asks for more of them, and
//! `PROPTEST_RNG_SEED` for others.

mod case;
mod composed;
mod draft;
mod judge;
mod listing;
mod model;
mod oracle;
mod reading;
mod universe;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use super::super::state::{HEAD, NONE};
use super::super::{Graph, Text, write_report};
use super::told::assert_layout;
use crate::feature::{Kind, Precedence};
use case::Case;
use composed::Composed;
use listing::{Metas, Row, entries, flat, shuffled};
use oracle::Oracle;
use reading::{Told, read};
use universe::Universe;

const CASES: u32 = 10_000;
const SEED: u64 = 20_251_129;

/// Every code that a report can have.
const CODES: [&str; 19] = [
    "GR0001", "GR0002", "GR0003", "GR0004", "GR0005", "GR0006", "GR0007", "GR0008", "GR0009",
    "GR0010", "GR0011", "GR0012", "GR0013", "GR0014", "GR0015", "GR0016", "GR0017", "GR0018",
    "GR0019",
];

#[test]
fn the_check_agrees_with_the_oracle_in_any_order() {
    let defaults = Config::default();
    let given = |name| env::var_os(name).is_some();
    let config = Config {
        cases: if given("PROPTEST_CASES") {
            defaults.cases
        } else {
            CASES
        },
        rng_seed: if given("PROPTEST_RNG_SEED") {
            defaults.rng_seed
        } else {
            RngSeed::Fixed(SEED)
        },
        failure_persistence: None,
        ..defaults
    };
    let cases = config.cases;
    let universe = Universe::new();
    let tally = RefCell::new(Tally::default());
    let outcome = TestRunner::new(config).run(&draft::strategy(), |case| {
        let outcome = examine(&universe, &case).map_err(TestCaseError::fail)?;
        tally.borrow_mut().count(&outcome);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("{reason}\n{case:?}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    if cases >= CASES {
        tally.borrow().assert_healthy();
    }
}

/// How many cases were sound, and how many had a mistake of each code.
#[derive(Debug, Default)]
struct Tally {
    cases: u32,
    sound: u32,
    codes: BTreeMap<&'static str, u32>,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        self.cases += 1;
        self.sound += u32::from(outcome.told.is_empty());
        for code in CODES {
            let is_told = outcome.told.iter().any(|told| told.finding.code == code);
            *self.codes.entry(code).or_default() += u32::from(is_told);
        }
    }

    /// A generator that makes nothing but mistakes, or hardly any of a kind, tests little.
    fn assert_healthy(&self) {
        let share = 100 * self.sound / self.cases;
        assert!((25..=75).contains(&share), "{share} % are sound: {self:#?}");
        for code in CODES {
            let often = self.codes[code] * 500 >= self.cases;
            assert!(often, "{code} is rare: {self:#?}");
        }
    }
}

type Modules = BTreeMap<&'static str, Vec<&'static str>>;

/// What came of a case in one order.
struct Outcome {
    told: Vec<Told>,
    /// For each plugin, its modules as they start.
    modules: Modules,
}

/// Compares check and oracle in two orders, and the two orders.
fn examine(universe: &Universe, case: &Case) -> Result<Outcome, String> {
    let metas = Metas::of(universe, case);
    let rows = listing::rows(case);
    let outcome = compare(universe, case, &metas, &rows)?;
    let other = shuffled(&rows, case.shuffle);
    compare(universe, case, &metas, &other)
        .and_then(|again| same_verdict(case, &outcome, &again))
        .map_err(|reason| format!("in the order {other:?}: {reason}"))?;
    Ok(outcome)
}

/// Check against oracle, in one order.
fn compare(
    universe: &Universe,
    case: &Case,
    metas: &Metas,
    rows: &[Row],
) -> Result<Outcome, String> {
    let entries = entries(metas, rows);
    let composed = Composed::of(&entries);
    let graph = composed.graph();
    let oracle = Oracle::of(universe, case, &flat(rows));
    let mut told = Vec::new();
    for position in 0..entries.len() as u32 {
        let mut text = Text::new();
        write_report(&graph, position, &mut text);
        assert_layout(text.as_str());
        told.extend(read(position, text.as_str()));
    }
    agree("sound", graph.sound, oracle.is_sound())?;
    agree("reports", told.is_empty(), oracle.is_sound())?;
    agree("reached", reached(&graph), oracle.reached.clone())?;
    let plain = told.iter().filter(|told| !told.is_cycle());
    let mut plain: Vec<_> = plain.map(|told| told.finding.clone()).collect();
    plain.sort();
    agree("findings", plain, oracle.findings.clone())?;
    let cycles = told.iter().filter(|told| told.is_cycle()).count();
    check_cycles(&graph, &oracle, cycles)?;
    let modules = check_order(&graph, &oracle)?;
    Ok(Outcome { told, modules })
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, check: T, oracle: T) -> Result<(), String> {
    if check == oracle {
        return Ok(());
    }
    Err(format!("{what}\n  check:  {check:?}\n  oracle: {oracle:?}"))
}

fn reached(graph: &Graph<'_>) -> Vec<usize> {
    let nodes = 0..graph.nodes.len();
    nodes.filter(|&node| graph.is_reached(node)).collect()
}

/// Every marked cycle is one, is told once, and every knot of the oracle has one.
fn check_cycles(graph: &Graph<'_>, oracle: &Oracle, told: usize) -> Result<(), String> {
    let mut knots = oracle.knots.clone();
    let mut heads = 0;
    let mut walked = 0;
    for head in 0..graph.nodes.len() {
        if graph.state[head] & HEAD == 0 {
            continue;
        }
        heads += 1;
        let cycle = oracle::steps(graph.cycle, head);
        walked += cycle.len();
        for (at, &node) in cycle.iter().enumerate() {
            let next = cycle[(at + 1) % cycle.len()];
            if !oracle.waits(node, next) {
                return Err(format!("{node} does not wait for {next} in {cycle:?}"));
            }
        }
        let is_explicit = |node: usize| graph.nodes[node].precedence == Precedence::Explicit;
        if !is_explicit(head) && cycle.iter().any(|&node| is_explicit(node)) {
            return Err(format!("the cycle {cycle:?} is told at a default"));
        }
        knots.retain(|knot| !cycle.iter().all(|node| knot.contains(node)));
    }
    agree("cycles that are told", told, heads)?;
    let marked = graph.cycle.iter().filter(|&&next| next != NONE).count();
    agree("nodes in cycles", marked, walked)?;
    agree("knots without a cycle", knots, Vec::new())
}

/// Exactly what is reached starts, each node after all that it waits for.
fn check_order(graph: &Graph<'_>, oracle: &Oracle) -> Result<Modules, String> {
    let order: Vec<usize> = graph.order.iter().map(|&node| node as usize).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    agree("started", sorted, oracle.reached.clone())?;
    if oracle.knots.is_empty() {
        oracle.follows(&order)?;
    }
    let mut modules: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for &node in &order {
        let meta = graph.nodes[node].meta;
        if meta.kind == Kind::Module {
            modules.entry(meta.plugin).or_default().push(meta.id);
        }
    }
    Ok(modules)
}

/// Which of two rivals is called first hangs on the order, and so does what the first of them needs; and
/// what is outermost hangs on the order of decorators, which matters where one cuts the chain. All else
/// stays.
fn same_verdict(case: &Case, one: &Outcome, other: &Outcome) -> Result<(), String> {
    let rivals = rivals(one);
    agree(
        "rivals in another order",
        rivals.clone(),
        self::rivals(other),
    )?;
    let is_cut = one.told.iter().any(|told| told.finding.code == "GR0017");
    if rivals.is_empty() && !is_cut && !case.redeclares_by_decorator() {
        agree("mistakes in another order", mistakes(one), mistakes(other))?;
        agree("modules in another order", &one.modules, &other.modules)?;
    }
    Ok(())
}

fn rivals(outcome: &Outcome) -> BTreeSet<String> {
    let rivals = outcome.told.iter().filter_map(Told::rivalry);
    rivals.map(str::to_owned).collect()
}

/// The mistakes by code and first place. Decorators stand in listed order, so of a cycle, and of two
/// declarations that meet, the code alone.
fn mistakes(outcome: &Outcome) -> BTreeSet<(String, Option<u32>)> {
    let mistakes = outcome.told.iter().map(|told| {
        let code = told.finding.code.clone();
        let line = told.finding.lines.first().copied();
        let stays = !told.is_cycle() && code != "GR0013";
        (code, line.filter(|_| stays))
    });
    mistakes.collect()
}
