//! How long the quickstart takes from the start of its process to its first answers, and how much memory
//! it then holds.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin start
//! ```
//!
//! Both routes are polled from the moment of the start on, each by a thread of its own: readiness says
//! that the whole backend is up, the other that a plugin answers. The figures that they stand beside are
//! those of the anchor's example backend: 3.8 s and 223 MiB.

use std::process::Command;

use greenroom_benches::load::{self, Request, Until};
use greenroom_benches::process::{Server, free_address};
use greenroom_benches::statistics::{median, quantile};
use greenroom_benches::table::{Table, verdict};
use greenroom_benches::{BoxError, cargo};

const RUNS: usize = 20;
const READINESS: &str = "/.backstage/health/v1/readiness";
const HEALTH: &str = "/api/example/health";
const CONNECTIONS: usize = 20;
/// How many requests come before memory is looked at again.
const REQUESTS: usize = 10_000;
const AIM_MILLISECONDS: f64 = 50.0;
const AIM_MIB: f64 = 20.0;

/// What is measured in each run, one value for each.
#[derive(Default)]
struct Samples {
    readiness: Vec<f64>,
    health: Vec<f64>,
    memory_first: Vec<f64>,
    memory_later: Vec<f64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let quickstart = cargo::example("quickstart")?;
    let directory = tempfile::tempdir()?;
    let config = directory.path().join("app-config.bench.yaml");
    let mut samples = Samples::default();
    for run in 0..=RUNS {
        let address = free_address()?;
        std::fs::write(&config, format!("backend:\n  listen: {address}\n"))?;
        let mut command = Command::new(&quickstart);
        command
            .arg("--config")
            .arg(cargo::workspace().join("examples/quickstart/app-config.yaml"))
            .arg("--config")
            .arg(&config)
            .current_dir(directory.path());
        let server = Server::start(&mut command)?;
        let (readiness, health) = std::thread::scope(|scope| {
            let readiness = scope.spawn(|| server.first_answer(address, READINESS));
            let health = server.first_answer(address, HEALTH);
            (readiness.join(), health)
        });
        let readiness = readiness.map_err(|_| "the poll of readiness panicked")??;
        let health = health?;
        let memory_first = server.resident_mib();
        let until = Until::Answers(REQUESTS / CONNECTIONS);
        load::run(address, &Request::get(HEALTH), CONNECTIONS, until).await?;
        if run == 0 {
            // The first run reads the program from the disk.
            continue;
        }
        samples.readiness.push(readiness.as_secs_f64() * 1000.0);
        samples.health.push(health.as_secs_f64() * 1000.0);
        samples.memory_first.extend(memory_first);
        samples.memory_later.extend(server.resident_mib());
    }
    report(&samples);
    Ok(())
}

fn report(samples: &Samples) {
    let mut table = Table::new(&["quickstart, release build", "median", "p95"]);
    for (label, unit, values) in [
        ("start to readiness 200", "ms", &samples.readiness),
        ("start to the plugin's health 200", "ms", &samples.health),
        (
            "memory after the first request",
            "MiB",
            &samples.memory_first,
        ),
        ("memory after 10,000 more", "MiB", &samples.memory_later),
    ] {
        let shown = |value: f64| match value.is_nan() {
            true => "not available".to_owned(),
            false => format!("{value:.1} {unit}"),
        };
        table.row([
            label.to_owned(),
            shown(median(values)),
            shown(quantile(values, 0.95)),
        ]);
    }
    println!("{RUNS} runs\n");
    println!("{table}");
    let milliseconds = median(&samples.readiness).max(median(&samples.health));
    let mib = median(&samples.memory_later);
    println!(
        "Aim: {AIM_MILLISECONDS} ms: {}, {milliseconds:.1}; {AIM_MIB} MiB: {}, {mib:.1}.",
        verdict(milliseconds <= AIM_MILLISECONDS),
        verdict(mib <= AIM_MIB),
    );
}
