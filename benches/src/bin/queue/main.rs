//! Jobs per second through `core.queue`, against a loop over the same database that is written by hand.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin queue
//! cargo run --release -p greenroom-benches --bin queue -- postgres://postgres@127.0.0.1:5432/bench
//! ```
//!
//! Without a URL it is a file of SQLite. Both sides enqueue the jobs first, in statements of 250 rows, and then claim,
//! run and finish them in batches of 64. A job does nothing. The loop by hand has no retries, no leases that are renewed,
//! no priorities and no types: it is what one would write for an afternoon.

mod backend;
mod bare;

use std::time::{Duration, Instant};

use greenroom_benches::BoxError;
use greenroom_benches::statistics::median;
use greenroom_benches::table::Table;
use serde_json::json;

const RUNS: usize = 5;
const CONCURRENCY: usize = 64;

/// How long one side took.
struct Took {
    enqueue: Duration,
    work: Duration,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let directory = tempfile::tempdir()?;
    let (url, database) = match arguments.next() {
        Some(url) => {
            let database = json!({ "client": "pg", "connection": url, "pluginDivisionMode": "schema", "ensureSchemaExists": true });
            (url, database)
        }
        None => {
            let file = directory.path().join("bare.sqlite");
            let database = json!({
                "client": "better-sqlite3",
                "connection": { "directory": directory.path() },
            });
            (format!("sqlite://{}?mode=rwc", file.display()), database)
        }
    };
    let jobs = arguments.next().map_or(Ok(20_000), |jobs| jobs.parse())?;
    let (mut queue, mut bare) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let one = backend::run(&database, jobs).await?;
        let other = bare::run(&url, jobs).await?;
        // The first run warms up what there is to warm up.
        if run > 0 {
            queue.push(one);
            bare.push(other);
        }
    }
    report(jobs, &queue, &bare);
    Ok(())
}

/// One of the times that were taken.
type Part = fn(&Took) -> Duration;

fn report(jobs: usize, queue: &[Took], bare: &[Took]) {
    let mut table = Table::new(&["jobs per second, median", "core.queue", "by hand", "share"]);
    let per_second = |all: &[Took], part: Part| {
        let rates: Vec<f64> = all
            .iter()
            .map(|took| jobs as f64 / part(took).as_secs_f64())
            .collect();
        median(&rates)
    };
    let parts: [(&str, Part); 2] = [("enqueue", |took| took.enqueue), ("work", |took| took.work)];
    for (label, part) in parts {
        let (one, other) = (per_second(queue, part), per_second(bare, part));
        let cells = [
            label.to_owned(),
            format!("{one:.0}"),
            format!("{other:.0}"),
            format!("{:.2}", one / other),
        ];
        table.row(cells);
    }
    println!("{table}");
}

/// Measures the time of a future.
async fn timed<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<(T, Duration), E> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark measures the machine's time"
    )]
    let began = Instant::now();
    let value = work.await?;
    Ok((value, began.elapsed()))
}
