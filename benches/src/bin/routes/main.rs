//! Requests per second and latency of a route that wants a user, of an open one, and of one that takes and gives JSON:
//! greenroom beside axum with the same features, and beside a real Backstage.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin routes
//! ```
//!
//! The servers live for the whole run, each in a process of its own on the same processor (greenroom and axum are this
//! program again, with the argument `serve`), and take turns. The load comes from the other processors. All of them take
//! the token that greenroom's auth plugin has issued: axum knows its keys, and Backstage asks for them.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time; nobody holds its clock"
)]

mod answers;
mod axum_users;
mod backend;
mod contender;
#[expect(unreachable_pub, reason = "a module of the test `anchor`, as it is")]
#[path = "../../../../tests/anchor/setup.rs"]
mod setup;

use std::process::ExitCode;
use std::time::Duration;

use greenroom_benches::BoxError;
use greenroom_benches::load::{self, Request, Until, fetch};
use greenroom_benches::process::{Pinning, end_with_input};
use greenroom_benches::samples::Samples;
use greenroom_benches::table::{Table, verdict};

use answers::Order;
use contender::{Contender, Issuer, Running, at_hand};

const ROUNDS: usize = 9;
const TURN: Duration = Duration::from_millis(1500);
const WARM_UP: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 32;
/// How many times Backstage's rate greenroom should reach.
const AIM_OF_RATE: f64 = 15.0;
/// Which part of Backstage's 99th percentile greenroom's should be, at most.
const AIM_OF_LATENCY: f64 = 0.1;

/// What is asked.
struct Route {
    label: &'static str,
    request: Request,
    /// The share of axum's rate that greenroom should reach.
    aim: f64,
}

/// A contender and what was measured of it, route by route.
struct Lane {
    contender: Contender,
    running: Running,
    samples: Vec<Samples>,
}

fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", ref what @ ..] => serve(what),
        // Before the runtime, whose threads are pinned with it.
        _ => compare(Pinning::begin()).map(|()| ExitCode::SUCCESS),
    }
}

#[tokio::main]
async fn serve(what: &[&str]) -> Result<ExitCode, BoxError> {
    end_with_input();
    match what {
        ["greenroom"] => Ok(backend::run().await),
        ["axum", address, keys] => axum_users::run(address.parse()?, keys).await,
        _ => Err("serve what?".into()),
    }
}

fn routes(token: &str) -> Result<Vec<Route>, BoxError> {
    let order = serde_json::to_string(&Order::example())?;
    let route = |label, request, aim| Route {
        label,
        request,
        aim,
    };
    let who = Request::get("/api/example/who").bearer(token);
    Ok(vec![
        route("a user's token", who, 0.90),
        route("open", Request::get("/api/example/health"), 0.95),
        route(
            "JSON in and out",
            Request::post_json("/api/example/echo", order),
            0.95,
        ),
    ])
}

/// One thread generates the load.
#[tokio::main(flavor = "current_thread")]
async fn compare(pinning: Pinning) -> Result<(), BoxError> {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut issuer = None;
    for contender in at_hand() {
        let running = contender.start(pinning, issuer.as_ref())?;
        if contender == Contender::Greenroom {
            issuer = Some(Issuer::at(running.address).await?);
        }
        lanes.push(Lane {
            contender,
            running,
            samples: Vec::new(),
        });
    }
    let issuer = issuer.ok_or("nobody has issued a token")?;
    let routes = routes(&issuer.token)?;
    for route in &routes {
        agree(&lanes, route).await?;
        for lane in &mut lanes {
            lane.samples.push(Samples::default());
            let until = Until::Elapsed(WARM_UP);
            load::run(lane.running.address, &route.request, CONNECTIONS, until).await?;
        }
    }
    for round in 0..ROUNDS {
        for (number, route) in routes.iter().enumerate() {
            // Each contender begins as many rounds as any other.
            for turn in 0..lanes.len() {
                let lane = (round + turn) % lanes.len();
                lanes[lane].turn(number, &route.request).await?;
            }
        }
    }
    println!("{ROUNDS} rounds of {TURN:?} each, {CONNECTIONS} connections, {pinning}\n");
    for (number, route) in routes.iter().enumerate() {
        report(&lanes, number, route);
    }
    Ok(())
}

/// What differs in the answer is not the same work.
async fn agree(lanes: &[Lane], route: &Route) -> Result<(), BoxError> {
    let mut wanted = None;
    for lane in lanes {
        let answer = fetch(lane.running.address, &route.request).await?;
        let answer: serde_json::Value = serde_json::from_slice(&answer)?;
        if *wanted.get_or_insert_with(|| answer.clone()) != answer {
            let (label, who) = (route.label, lane.contender.label());
            return Err(format!("{label}: {who} answers something else: {answer}").into());
        }
    }
    Ok(())
}

impl Lane {
    async fn turn(&mut self, route: usize, request: &Request) -> Result<(), BoxError> {
        let Running {
            server, address, ..
        } = &self.running;
        let samples = &mut self.samples[route];
        samples
            .turn(server, *address, request, CONNECTIONS, TURN)
            .await
    }
}

fn report(lanes: &[Lane], number: usize, route: &Route) {
    let of = |contender| {
        let lane = lanes.iter().find(|lane| lane.contender == contender);
        lane.map(|lane| &lane.samples[number])
    };
    let ratio =
        |own: &Samples, other: Option<&Samples>| other.map_or(f64::NAN, |other| own.ratio(other));
    let mut table = Table::new(&[
        route.label,
        "requests/s",
        "to axum",
        "to Backstage",
        "p50 µs",
        "p99 µs",
        "server µs/request",
    ]);
    for lane in lanes {
        let samples = &lane.samples[number];
        table.row([
            lane.contender.label().to_owned(),
            format!("{:.0}", samples.rate()),
            format!("{:.3}", ratio(samples, of(Contender::Axum))),
            format!("{:.1}", ratio(samples, of(Contender::Backstage))),
            format!("{:.0}", samples.latency(0.5)),
            format!("{:.0}", samples.latency(0.99)),
            format!("{:.1}", samples.processor_micros()),
        ]);
    }
    println!("{table}");
    let Some(greenroom) = of(Contender::Greenroom) else {
        return;
    };
    let of_axum = ratio(greenroom, of(Contender::Axum));
    let aim = route.aim;
    print!(
        "Aim: at least {aim:.2} of the rate of axum with the same features: {}, {of_axum:.3}.",
        verdict(of_axum >= aim)
    );
    if let Some(backstage) = of(Contender::Backstage) {
        let times = greenroom.ratio(backstage);
        let part = greenroom.latency(0.99) / backstage.latency(0.99);
        print!(
            " At least {AIM_OF_RATE} times that of Backstage: {}, {times:.1}. At most {AIM_OF_LATENCY} of its p99: {}, \
             {part:.3}.",
            verdict(times >= AIM_OF_RATE),
            verdict(part <= AIM_OF_LATENCY)
        );
    }
    println!("\n");
}
