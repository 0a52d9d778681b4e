//! What a hit of the cache costs through the service, beside moka and Redis used bare.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin cache
//! ```
//!
//! `GREENROOM_BENCH_ROUNDS` and `GREENROOM_BENCH_MILLISECONDS` make it shorter, to see whether it runs.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time; nobody holds its clock"
)]

use std::io::ErrorKind;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use greenroom::cache::{Cache, CacheSettings, RootCache};
use greenroom::clock::SystemClock;
use greenroom::config::{Config, FromConfig as _};
use greenroom::logger::{Fields, RootLogger, Sink, TracingLogger};
use greenroom_benches::BoxError;
use greenroom_benches::process::{Server, free_address};
use greenroom_benches::statistics::median;
use greenroom_benches::table::Table;
use redis::aio::MultiplexedConnection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const TASKS: usize = 32;
const KEYS: usize = 1000;

#[derive(Clone, Deserialize, Serialize)]
struct Article {
    id: u64,
    name: String,
    description: String,
    price: f64,
}

fn article(id: usize) -> Article {
    Article {
        id: id as u64,
        name: format!("article {id}"),
        description: "a line of text as it stands under most articles".to_owned(),
        price: 12.5,
    }
}

fn key(id: usize) -> String {
    format!("article:{id}")
}

/// What is compared.
#[derive(Clone)]
enum Side {
    Service(Cache),
    MokaJson(moka::future::Cache<String, Arc<[u8]>>),
    MokaStruct(moka::future::Cache<String, Arc<Article>>),
    Redis(MultiplexedConnection),
}

impl Side {
    /// Whether this key had its value.
    async fn hit(&mut self, key: &str, id: usize) -> bool {
        let found = match self {
            Self::Service(cache) => cache.get::<Article>(key).await,
            Self::MokaJson(cache) => {
                let json = cache.get(key).await;
                json.and_then(|json| serde_json::from_slice(&json).ok())
            }
            Self::MokaStruct(cache) => {
                let found = cache.get(key).await;
                return found.is_some_and(|article| article.id == id as u64);
            }
            Self::Redis(connection) => {
                let mut get = redis::cmd("GET");
                let json = get.arg(key).query_async::<Vec<u8>>(connection).await;
                json.ok()
                    .and_then(|json| serde_json::from_slice(&json).ok())
            }
        };
        found.is_some_and(|article| article.id == id as u64)
    }

    async fn fill(&self) -> Result<(), BoxError> {
        for id in 0..KEYS {
            let (key, article) = (key(id), article(id));
            let json = serde_json::to_vec(&article)?;
            match self {
                Self::Service(cache) => cache.set(&key, &article).await?,
                Self::MokaJson(cache) => cache.insert(key, json.into()).await,
                Self::MokaStruct(cache) => cache.insert(key, Arc::new(article)).await,
                Self::Redis(connection) => {
                    let mut set = redis::cmd("SET");
                    let set = set.arg(key).arg(json);
                    set.exec_async(&mut connection.clone()).await?;
                }
            }
        }
        Ok(())
    }

    /// Hits per second.
    async fn run(&self, time: Duration) -> Result<f64, BoxError> {
        let (hits, stop) = (
            Arc::new(AtomicU64::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let keys: Arc<Vec<String>> = Arc::new((0..KEYS).map(key).collect());
        let started = Instant::now();
        let tasks = (0..TASKS).map(|task| {
            let (mut side, keys) = (self.clone(), Arc::clone(&keys));
            let (hits, stop) = (Arc::clone(&hits), Arc::clone(&stop));
            tokio::spawn(async move {
                let (mut id, mut own) = (task * KEYS / TASKS, 0);
                while !stop.load(Ordering::Relaxed) {
                    // In portions, since a hit in memory does not wait and would let nobody else run.
                    for _ in 0..64 {
                        if !side.hit(&keys[id], id).await {
                            return false;
                        }
                        id = (id + 1) % KEYS;
                    }
                    own += 64;
                    tokio::task::yield_now().await;
                }
                hits.fetch_add(own, Ordering::Relaxed);
                true
            })
        });
        let tasks: Vec<_> = tasks.collect();
        tokio::time::sleep(time).await;
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            if !task.await? {
                return Err("a value was not found".into());
            }
        }
        Ok(hits.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
    }
}

fn service(cache: Value) -> Result<Side, BoxError> {
    let config = Config::from_json(json!({ "backend": { "cache": cache } }));
    let settings = CacheSettings::from_config(&config);
    let settings = settings.map_err(|_| "the settings of the benchmark are refused")?;
    let logger: RootLogger = Arc::new(TracingLogger::new(&config, Sink::stderr())?);
    let root = RootCache::new(&settings, Arc::new(SystemClock), &logger)?;
    let cache = root.for_plugin("example", logger.logger(Fields::new()));
    Ok(Side::Service(cache))
}

/// The sides in memory, and with a server on this machine those in Redis.
async fn sides() -> Result<(Vec<(&'static str, Side)>, Option<Server>), BoxError> {
    let capacity = KEYS as u64 * 2;
    let mut sides = vec![
        ("greenroom, memory", service(json!({}))?),
        (
            "moka, JSON",
            Side::MokaJson(moka::future::Cache::new(capacity)),
        ),
        (
            "moka, struct",
            Side::MokaStruct(moka::future::Cache::new(capacity)),
        ),
    ];
    let port = free_address()?.port();
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.args(["--port", &port.to_string()]);
    let server = match Server::start(&mut command) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((sides, None)),
        started => started?,
    };
    let url = format!("redis://127.0.0.1:{port}");
    let client = redis::Client::open(&*url)?;
    let begun = Instant::now();
    let connection = loop {
        match client.get_multiplexed_async_connection().await {
            Err(_) if begun.elapsed() < Duration::from_secs(10) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            connected => break connected?,
        }
    };
    let redis = json!({ "store": "redis", "connection": url, "deadline": "10s" });
    sides.push(("greenroom, Redis", service(redis)?));
    sides.push(("redis, JSON", Side::Redis(connection)));
    Ok((sides, Some(server)))
}

fn configured(variable: &str, default: u64) -> Result<u64, BoxError> {
    match std::env::var(variable) {
        Ok(number) => Ok(number.parse()?),
        Err(_) => Ok(default),
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), BoxError> {
    let rounds = configured("GREENROOM_BENCH_ROUNDS", 9)?;
    let turn = Duration::from_millis(configured("GREENROOM_BENCH_MILLISECONDS", 1000)?);
    let (sides, _server) = sides().await?;
    for (_, side) in &sides {
        side.fill().await?;
        side.run(turn / 4).await?;
    }
    let mut rates = vec![Vec::new(); sides.len()];
    for _ in 0..rounds {
        for ((_, side), rates) in sides.iter().zip(&mut rates) {
            rates.push(side.run(turn).await?);
        }
    }
    let mut table = Table::new(&["hits", "per second", "µs each, of 2 threads"]);
    for ((name, _), rates) in sides.iter().zip(&rates) {
        let rate = median(rates);
        table.row([
            (*name).to_owned(),
            format!("{rate:.0}"),
            format!("{:.2}", 2e6 / rate),
        ]);
    }
    println!("{table}");
    let ratio = |ours: usize, theirs: usize| {
        let pairs = rates[ours].iter().zip(&rates[theirs]);
        median(
            &pairs
                .map(|(ours, theirs)| ours / theirs)
                .collect::<Vec<_>>(),
        )
    };
    println!("greenroom in memory to moka with JSON: {:.2}", ratio(0, 1));
    println!(
        "greenroom in memory to moka with the struct: {:.2}",
        ratio(0, 2)
    );
    if sides.len() > 3 {
        println!("greenroom in Redis to redis: {:.2}", ratio(3, 4));
    }
    Ok(())
}
