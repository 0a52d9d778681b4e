//! How long the compiler takes for the same graph: by hand, with greenroom, and with other containers.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin building [-- ROUNDS]
//! ```
//!
//! What the programs depend on is built before. Then, in turns: what was compiled of the program is gone and
//! it is checked, a line is added to the file that lists the graph and it is checked again; the same for a
//! build. Last, the size of the program that a build for release leaves, without symbols.

use std::fs;
use std::time::Instant;

use greenroom_benches::BoxError;
use greenroom_benches::statistics::median;
use greenroom_benches::table::{Table, verdict};
use greenroom_peers::container::Container;
use greenroom_peers::workspace::Workspace;

const SIZES: [usize; 3] = [50, 100, 200];
const ROUNDS: usize = 3;
const COMMANDS: [&str; 2] = ["check", "build"];

/// The run-time entry has the features of `backend!`, so it has no figures of its own here.
const CONTAINERS: [Container; 6] = [
    Container::ByHand,
    Container::Greenroom,
    Container::Shaku,
    Container::Froodi,
    Container::Dill,
    Container::FerrousDi,
];

/// Seconds of a clean check, a check after an edit, a clean build, a build after an edit.
type Seconds = [Vec<f64>; 4];

fn main() -> Result<(), BoxError> {
    let rounds = match std::env::args().nth(1) {
        Some(rounds) => rounds.parse()?,
        None => ROUNDS,
    };
    let programs: Vec<(Container, usize)> = SIZES
        .into_iter()
        .flat_map(|objects| CONTAINERS.map(|container| (container, objects)))
        .collect();
    let workspace = Workspace::generate(&programs)?;
    // The larger ones depend on the same.
    for container in CONTAINERS {
        let package = container.package(SIZES[0]);
        eprintln!("building {package}");
        for command in COMMANDS {
            workspace.cargo(&[command], &package)?;
        }
    }
    let mut seconds: Vec<Seconds> = vec![Seconds::default(); programs.len()];
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (&(container, objects), seconds) in programs.iter().zip(&mut seconds) {
            let package = container.package(objects);
            let mut samples = seconds.iter_mut();
            let mut told = package.clone();
            for command in COMMANDS {
                workspace.cargo(&["clean"], &package)?;
                for lines in [0, 1] {
                    workspace.write_main(container, objects, lines)?;
                    let began = Instant::now();
                    workspace.cargo(&[command], &package)?;
                    let took = began.elapsed().as_secs_f64();
                    told += &format!(" {took:.2}");
                    samples
                        .next()
                        .into_iter()
                        .for_each(|values| values.push(took));
                }
            }
            eprintln!("{told}");
        }
    }
    let mut sizes = Vec::new();
    for &(container, objects) in &programs {
        let package = container.package(objects);
        workspace.write_main(container, objects, 0)?;
        eprintln!("building {package} for release");
        workspace.cargo(&["build", "--release"], &package)?;
        sizes.push(fs::metadata(workspace.program(&package))?.len());
    }
    println!("Rounds: {rounds}\n");
    report(&programs, &seconds, &sizes);
    Ok(())
}

fn report(programs: &[(Container, usize)], seconds: &[Seconds], sizes: &[u64]) {
    let mut table = Table::new(&[
        "graph",
        "objects",
        "check s",
        "after an edit s",
        "build s",
        "after an edit s",
        "KiB",
    ]);
    for ((&(container, objects), seconds), &size) in programs.iter().zip(seconds).zip(sizes) {
        let mut row = vec![container.name().to_owned(), objects.to_string()];
        row.extend(
            seconds
                .iter()
                .map(|values| format!("{:.2}", median(values))),
        );
        row.push(format!("{:.0}", size as f64 / 1024.0));
        table.row(row);
    }
    println!("{table}");
    println!("{}", aim(programs, seconds));
}

/// Says how a check compares with those of the containers that check their graph while it compiles.
fn aim(programs: &[(Container, usize)], seconds: &[Seconds]) -> String {
    let largest = SIZES[SIZES.len() - 1];
    let check = |container| {
        let at = programs
            .iter()
            .position(|&program| program == (container, largest));
        at.map_or(f64::NAN, |at| median(&seconds[at][0]))
    };
    let own = check(Container::Greenroom);
    let checked = [Container::Shaku, Container::Froodi];
    let is_ahead = checked.iter().all(|&peer| own < check(peer));
    let peers: Vec<String> = checked
        .iter()
        .map(|&peer| format!("{} {:.2} s", peer.name(), check(peer)))
        .collect();
    format!(
        "Aim: a check of {largest} objects ahead of every container that checks its graph while it compiles: \
         {}, {own:.2} s; {}.",
        verdict(is_ahead),
        peers.join(", "),
    )
}
