//! Requests per second of a handler that reads one row through `core.database`, against the same handler on a bare pool
//! of sqlx.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin database
//! cargo run --release -p greenroom-benches --bin database -- postgres://postgres@127.0.0.1:5432/bench
//! ```
//!
//! SQLite is measured in a file; with the URL of a PostgreSQL, that too, with a database for each plugin and with a schema
//! for each. Every engine has one backend in a process of its own (this program again, with the argument `serve`), and the
//! handlers are routes of one plugin, so that nothing but the way to the row differs. They take turns.

mod backend;
mod bare;
mod tea;

use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::time::Duration;

use greenroom_benches::BoxError;
use greenroom_benches::load::{self, Request, Until, fetch};
use greenroom_benches::process::{Server, end_with_input, free_address};
use greenroom_benches::samples::Samples;
use greenroom_benches::table::{Table, verdict};
use serde_json::{Value, json};

const ROUNDS: usize = 9;
const TURN: Duration = Duration::from_millis(1500);
const WARM_UP: Duration = Duration::from_secs(1);
const CONNECTIONS: usize = 32;
/// How many connections to the database each side may have.
const POOL: u32 = 10;
/// The share of the bare pool's rate that the service should reach.
const AIM: f64 = 0.95;

/// The handlers: what they are called in the table, and their route. The last one is what the others are compared with.
const HANDLERS: [(&str, &str); 3] = [
    ("service, an entity of SeaORM", "/api/bench/entity"),
    ("service, SQL by sqlx", "/api/bench/sql"),
    ("bare pool, SQL by sqlx", "/api/bench/bare"),
];

#[tokio::main]
async fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => {
            end_with_input();
            Ok(backend::run().await)
        }
        [] => compare(None).await,
        [url] => compare(Some(url)).await,
        _ => Err("at most one argument: the URL of a PostgreSQL".into()),
    }
}

async fn compare(postgres: Option<&str>) -> Result<ExitCode, BoxError> {
    println!("{ROUNDS} rounds of {TURN:?} each, {CONNECTIONS} clients, {POOL} connections\n");
    let directory = tempfile::tempdir()?;
    let file =
        json!({ "client": "better-sqlite3", "connection": { "directory": directory.path() } });
    measure("SQLite, a file", "", file).await?;
    if let Some(url) = postgres {
        for (label, mode) in [
            ("PostgreSQL, a database for each plugin", "database"),
            ("PostgreSQL, a schema for each plugin", "schema"),
        ] {
            let database = json!({ "client": "pg", "connection": url, "pluginDivisionMode": mode, "ensureSchemaExists": true });
            measure(label, url, database).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(label: &str, url: &str, mut database: Value) -> Result<(), BoxError> {
    database["knexConfig"] = json!({ "pool": { "min": 0, "max": POOL } });
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("serve")
        .current_dir(std::env::temp_dir())
        .env("APP_CONFIG_backend_listen", address.to_string())
        .env("APP_CONFIG_backend_logger_level", "warn")
        .env("APP_CONFIG_backend_database", database.to_string())
        .env("APP_CONFIG_bench_url", url);
    let server = Server::start(&mut command)?;
    let requests = HANDLERS.map(|(_, path)| Request::get(path));
    server.first_answer(address, HANDLERS[0].1)?;
    for request in &requests {
        let answer = fetch(address, request).await?;
        if serde_json::from_slice::<Value>(&answer)? != json!({ "id": 7, "name": "tea 7" }) {
            let answer = String::from_utf8_lossy(&answer);
            return Err(format!("{label}: a handler answers something else: {answer}").into());
        }
        load::run(address, request, CONNECTIONS, Until::Elapsed(WARM_UP)).await?;
    }
    let samples = turns(&server, address, &requests).await?;
    report(label, &samples);
    Ok(())
}

async fn turns(
    server: &Server,
    address: SocketAddr,
    requests: &[Request; HANDLERS.len()],
) -> Result<[Samples; HANDLERS.len()], BoxError> {
    let mut samples: [Samples; HANDLERS.len()] = Default::default();
    for round in 0..ROUNDS {
        // Each handler begins as many rounds as any other.
        for turn in 0..requests.len() {
            let at = (round + turn) % requests.len();
            let turn = samples[at].turn(server, address, &requests[at], CONNECTIONS, TURN);
            turn.await?;
        }
    }
    Ok(samples)
}

fn report(label: &str, samples: &[Samples; HANDLERS.len()]) {
    let [entity, sql, bare] = samples;
    let mut table = Table::new(&[
        label,
        "requests/s",
        "to the bare pool",
        "p50 µs",
        "p99 µs",
        "server µs/request",
    ]);
    for ((name, _), samples) in HANDLERS.iter().zip(samples) {
        table.row([
            (*name).to_owned(),
            format!("{:.0}", samples.rate()),
            format!("{:.3}", samples.ratio(bare)),
            format!("{:.0}", samples.latency(0.5)),
            format!("{:.0}", samples.latency(0.99)),
            format!("{:.1}", samples.processor_micros()),
        ]);
    }
    println!("{table}");
    let [entity, sql] = [entity, sql].map(|samples| samples.ratio(bare));
    println!(
        "Aim: at least {AIM} of the bare pool's rate: the same SQL {}, {sql:.3}; an entity {}, {entity:.3}.\n",
        verdict(sql >= AIM),
        verdict(entity >= AIM)
    );
}
