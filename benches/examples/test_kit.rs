//! What a test of a whole backend costs: its time, and the memory of a backend that is alive.
//!
//! ```text
//! cargo run -p greenroom-benches --example test_kit
//! ```
//!
//! A test is one start by `test_backend!`, one request and the drop, which stops the backend. Beside it stands the
//! same route in a bare axum router, asked by `tower::ServiceExt::oneshot`: no configuration, no log, no stop.
//! It is built as tests are, without optimisation.
//!
//! It is an example and no binary because of its dependency: the kit switches on tokio's test clock, and the other
//! benchmarks are not to pay for that.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time; nobody holds its clock"
)]

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use greenroom::prelude::*;
use greenroom_benches::BoxError;
use greenroom_benches::process::resident_mib;
use greenroom_benches::statistics::{median, quantile};
use greenroom_benches::table::{Table, verdict};
use greenroom_test_kit::{StartedTestBackend, test_backend};
use tower::ServiceExt as _;

/// For how long tests follow each other.
const TURN: Duration = Duration::from_secs(3);
/// How many backends are alive at once.
const ALIVE: usize = 200;
const THREADS: usize = 2;
const AIM_MILLISECONDS: f64 = 5.0;

fn routes() -> Router {
    Router::new().route("/health", get(async || "ok"))
}

#[backend_plugin(id = "example")]
async fn plugin(http_router: HttpRouter) {
    http_router.mount(routes());
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
}

#[derive(Clone, Copy, Debug)]
enum Contender {
    Kit,
    Bare,
}

/// What is alive of one test.
enum Alive {
    Kit(Box<StartedTestBackend>),
    Bare(Router),
}

impl Contender {
    /// A test up to the answer; dropping what it gives is its end.
    async fn test(self) -> Alive {
        match self {
            Self::Kit => {
                let backend = test_backend![plugin].start().await;
                let answer = backend.get("/api/example/health").send().await;
                answer.assert_status(200);
                Alive::Kit(Box::new(backend))
            }
            Self::Bare => {
                let router = routes();
                let request = Request::get("/health").body(Body::empty());
                let request = request.expect("the request is valid");
                let Ok(answer) = router.clone().oneshot(request).await;
                assert_eq!(answer.status(), 200);
                Alive::Bare(router)
            }
        }
    }
}

/// What was found about one contender.
struct Figures {
    first: f64,
    /// In milliseconds, one for each test.
    later: Vec<f64>,
    kib: f64,
    /// Tests per second, on one thread and on all.
    rate: f64,
    rate_of_all: f64,
}

fn main() -> Result<(), BoxError> {
    // The smaller one first: it would find the memory that the other has given back.
    let bare = measure(Contender::Bare)?;
    let kit = measure(Contender::Kit)?;
    report(&kit, &bare);
    Ok(())
}

fn measure(contender: Contender) -> Result<Figures, BoxError> {
    let runtime = runtime()?;
    let first = runtime.block_on(timed(contender));
    // Before the others, whose memory would be used again.
    let kib = runtime.block_on(memory_of_each(contender));
    let later = runtime.block_on(one_after_the_other(contender));
    let runtimes = (0..THREADS).map(|_| self::runtime());
    let runtimes = runtimes.collect::<Result<Vec<_>, _>>()?;
    let tests_of_all: usize = std::thread::scope(|scope| {
        let work = |runtime: tokio::runtime::Runtime| {
            scope.spawn(move || runtime.block_on(one_after_the_other(contender)).len())
        };
        let threads: Vec<_> = runtimes.into_iter().map(work).collect();
        let tests = threads.into_iter().map(|thread| thread.join());
        tests.map(|tests| tests.expect("a test passes")).sum()
    });
    Ok(Figures {
        first,
        rate: rate(later.len()),
        rate_of_all: rate(tests_of_all),
        later,
        kib,
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Tests per second, by their number in a turn.
fn rate(tests: usize) -> f64 {
    tests as f64 / TURN.as_secs_f64()
}

/// The milliseconds of a test from its start to its end.
async fn timed(contender: Contender) -> f64 {
    let began = Instant::now();
    drop(contender.test().await);
    began.elapsed().as_secs_f64() * 1000.0
}

async fn one_after_the_other(contender: Contender) -> Vec<f64> {
    let mut milliseconds = Vec::new();
    let began = Instant::now();
    while began.elapsed() < TURN {
        milliseconds.push(timed(contender).await);
    }
    milliseconds
}

/// The resident memory of each of many that are alive, in KiB; not a number where the system does not tell.
async fn memory_of_each(contender: Contender) -> f64 {
    let process = std::process::id();
    let before = resident_mib(process).unwrap_or(f64::NAN);
    let mut alive = Vec::with_capacity(ALIVE);
    for _ in 0..ALIVE {
        alive.push(contender.test().await);
    }
    let after = resident_mib(process).unwrap_or(f64::NAN);
    for one in alive {
        match one {
            Alive::Kit(backend) => drop(backend),
            Alive::Bare(router) => drop(router),
        }
    }
    (after - before) * 1024.0 / ALIVE as f64
}

fn report(kit: &Figures, bare: &Figures) {
    let mut table = Table::new(&["a test", "greenroom-test-kit", "axum and oneshot"]);
    let mut row = |label: &str, digits: usize, figure: fn(&Figures) -> f64| {
        let cell = |figures| format!("{:.digits$}", figure(figures));
        table.row([label.to_owned(), cell(kit), cell(bare)]);
    };
    row("the first, ms", 2, |figures| figures.first);
    row("later ones, median ms", 2, |figures| median(&figures.later));
    row("later ones, p95 ms", 2, |figures| {
        quantile(&figures.later, 0.95)
    });
    row("per second, on one thread", 0, |figures| figures.rate);
    row("per second, on two threads", 0, |figures| {
        figures.rate_of_all
    });
    row("memory of each of 200 alive, KiB", 0, |figures| figures.kib);
    println!("{table}");
    let later = median(&kit.later);
    println!(
        "Aim: {AIM_MILLISECONDS} ms for one after the first: {}, {later:.2}.",
        verdict(later < AIM_MILLISECONDS),
    );
}
