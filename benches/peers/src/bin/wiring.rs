//! How long it takes to put the same objects together: by hand, by greenroom, and by other containers.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin wiring [-- OBJECTS]
//! ```
//!
//! With a number, larger graphs are left out.
//!
//! Each graph is a program of its own, which builds it many times in its process, fresh each time. The
//! programs take turns. Nothing in a graph does any I/O, so what is left is the cost of the container.

use std::process::Command;

use greenroom_benches::BoxError;
use greenroom_benches::statistics::median;
use greenroom_benches::table::{Table, verdict};
use greenroom_peers::container::Container;
use greenroom_peers::shape::{LARGEST, Shape};
use greenroom_peers::workspace::Workspace;

const ROUNDS: usize = 7;
const REPETITIONS: usize = 30;
const AIM_OBJECTS: usize = 1_000;
const AIM_MILLISECONDS: f64 = 10.0;
/// An object of the largest graph may cost this many times an object of that of a tenth the size.
const AIM_GROWTH: f64 = 1.5;

/// A program, and how it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    container: Container,
    objects: usize,
    /// On several threads rather than one.
    spread: bool,
}

impl Way {
    fn label(self) -> String {
        let threads = match (self.container, self.spread) {
            (Container::Greenroom | Container::GreenroomRunTime, false) => ", one thread",
            (_, false) => "",
            (_, true) => ", threads",
        };
        format!("{}{threads}", self.container.name())
    }
}

/// What the runs of a way said, one value for each round.
#[derive(Clone, Debug, Default)]
struct Samples {
    cold: Vec<f64>,
    warm: Vec<f64>,
    /// Warm, in relation to by hand in the same round.
    ratio: Vec<f64>,
    allocations: f64,
    bytes: f64,
}

fn main() -> Result<(), BoxError> {
    let most = match std::env::args().nth(1) {
        Some(objects) => objects.parse()?,
        None => LARGEST,
    };
    let ways = ways(most);
    let mut programs: Vec<(Container, usize)> = ways
        .iter()
        .map(|way| (way.container, way.objects))
        .collect();
    programs.dedup();
    let workspace = Workspace::generate(&programs)?;
    for (container, objects) in programs {
        let package = container.package(objects);
        eprintln!("building {package}");
        workspace.cargo(&["build", "--release"], &package)?;
    }
    let mut samples = vec![Samples::default(); ways.len()];
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        let mut by_hand = None;
        for (&way, samples) in ways.iter().zip(&mut samples) {
            let [cold, warm, allocations, bytes] = run(&workspace, way)?;
            if way.container == Container::ByHand {
                by_hand = Some((way.objects, warm));
            }
            samples.cold.push(cold);
            samples.warm.push(warm);
            let same = by_hand.filter(|&(objects, _)| objects == way.objects);
            samples
                .ratio
                .extend(same.map(|(_, by_hand)| warm / by_hand));
            samples.allocations = allocations;
            samples.bytes = bytes;
        }
    }
    report(&ways, &samples);
    Ok(())
}

/// All ways up to a size, by size, by hand first.
fn ways(most: usize) -> Vec<Way> {
    let mut ways = Vec::new();
    for objects in [50, 200, 500, AIM_OBJECTS, LARGEST] {
        for container in Container::ALL {
            let largest = match container {
                Container::GreenroomRunTime => LARGEST,
                // Larger ones take the compiler minutes.
                Container::Shaku | Container::Froodi | Container::FroodiParts => 200,
                Container::ByHand
                | Container::Greenroom
                | Container::Dill
                | Container::FerrousDi => AIM_OBJECTS,
            };
            if objects > largest.min(most) {
                continue;
            }
            let is_async = matches!(
                container,
                Container::Greenroom | Container::GreenroomRunTime
            );
            for spread in [false, true] {
                if is_async || !spread {
                    ways.push(Way {
                        container,
                        objects,
                        spread,
                    });
                }
            }
        }
    }
    ways
}

/// Nanoseconds of the first construction and of a later one, allocations and their bytes.
fn run(workspace: &Workspace, way: Way) -> Result<[f64; 4], BoxError> {
    let package = way.container.package(way.objects);
    let mut command = Command::new(workspace.program(&package));
    if way.spread {
        command.arg("multi-thread");
    }
    let output = command.arg(REPETITIONS.to_string()).output()?;
    let text = String::from_utf8(output.stdout)?;
    let figures: Vec<u64> = text
        .split_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    let [cold, warm, allocations, bytes, sum] = figures[..] else {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{package} gave no figures: {error}").into());
    };
    if sum != Shape::of(way.objects).sum() {
        return Err(format!("{package} built another graph").into());
    }
    Ok([cold, warm, allocations, bytes].map(|figure| figure as f64))
}

fn report(ways: &[Way], samples: &[Samples]) {
    let mut table = Table::new(&[
        "graph",
        "objects",
        "first µs",
        "later µs",
        "ns/object",
        "× by hand",
        "allocations",
        "KiB",
    ]);
    for (way, samples) in ways.iter().zip(samples) {
        let counted = |count: f64| match way.spread {
            true => "-".to_owned(),
            false => format!("{count:.0}"),
        };
        let warm = median(&samples.warm);
        table.row([
            way.label(),
            way.objects.to_string(),
            format!("{:.0}", median(&samples.cold) / 1e3),
            format!("{:.1}", warm / 1e3),
            format!("{:.0}", warm / way.objects as f64),
            match median(&samples.ratio) {
                ratio if ratio.is_nan() => "-".to_owned(),
                ratio => format!("{ratio:.1}"),
            },
            counted(samples.allocations),
            counted(samples.bytes / 1024.0),
        ]);
    }
    println!(
        "{ROUNDS} rounds, one first construction and {REPETITIONS} later ones in each process\n"
    );
    println!("{table}");
    println!("{}", aim(ways, samples));
}

/// Says whether the aim was met. It is meant for a program's usual runtime, which has several threads.
fn aim(ways: &[Way], samples: &[Samples]) -> String {
    let find = |container, objects, spread| {
        let wanted = Way {
            container,
            objects,
            spread,
        };
        let at = ways.iter().position(|&way| way == wanted);
        at.map_or(f64::NAN, |at| median(&samples[at].warm) / 1e6)
    };
    let own = find(Container::Greenroom, AIM_OBJECTS, true);
    let per_object = |objects| find(Container::GreenroomRunTime, objects, true) / objects as f64;
    let growth = per_object(LARGEST) / per_object(LARGEST / 10);
    // Each at the largest size that it has.
    let mut is_ahead = true;
    let mut peers = Vec::new();
    for container in Container::ALL.into_iter().filter(|it| it.is_at_run_time()) {
        let sizes = ways.iter().filter(|way| way.container == container);
        let objects = sizes.map(|way| way.objects).max().unwrap_or_default();
        let peer = find(container, objects, false);
        let own = find(Container::Greenroom, objects, true);
        is_ahead &= own < peer;
        peers.push(format!(
            "{} {peer:.2} against {own:.2} ms for {objects}",
            container.name()
        ));
    }
    format!(
        "Aim: {AIM_OBJECTS} objects below {AIM_MILLISECONDS} ms: {}, {own:.2} ms. Near linear, an object among \
         {LARGEST} within {AIM_GROWTH} times one among {}: {}, {growth:.2}. Ahead of every container that is \
         wired at run time: {}, {}.",
        verdict(own < AIM_MILLISECONDS),
        LARGEST / 10,
        verdict(growth <= AIM_GROWTH),
        verdict(is_ahead),
        peers.join(", "),
    )
}
