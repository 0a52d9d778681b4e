//! Requests per second and latency of a plugin's open health route, against axum with the same features
//! and against axum with none; and the first two once more without the request log, which costs both the
//! most.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin http
//! ```
//!
//! The servers live for the whole run, each in a process of its own (this program again, with the
//! argument `serve`), and take turns of a second and a half. What counts is the median of the ratios
//! within a round, since both of its sides saw the same machine. The generator shares the processors with
//! the server and takes longer over longer answers, so the table also has the server's own processor time
//! for a request, which it cannot blur.

mod axum_bare;
mod axum_layered;
mod backend;
mod handler;

use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::time::Duration;

use greenroom_benches::BoxError;
use greenroom_benches::load::{self, Request, Until};
use greenroom_benches::process::{Server, end_with_input, free_address};
use greenroom_benches::samples::Samples;
use greenroom_benches::table::{Table, verdict};
use tracing::Level;

const ROUNDS: usize = 9;
const TURN: Duration = Duration::from_millis(1500);
const WARM_UP: Duration = Duration::from_millis(500);
const CONNECTIONS: usize = 32;
const PATH: &str = "/api/example/health";
/// The share of the layered axum's rate that greenroom should reach.
const AIM: f64 = 0.95;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contender {
    Greenroom,
    AxumLayered,
    AxumBare,
    GreenroomQuiet,
    AxumLayeredQuiet,
}

impl Contender {
    const ALL: [Self; 5] = [
        Self::Greenroom,
        Self::AxumLayered,
        Self::AxumBare,
        Self::GreenroomQuiet,
        Self::AxumLayeredQuiet,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Greenroom => "greenroom",
            Self::AxumLayered => "axum, same features (a)",
            Self::AxumBare => "axum, none (b)",
            Self::GreenroomQuiet => "greenroom, no request log",
            Self::AxumLayeredQuiet => "axum, same, no request log",
        }
    }

    /// The axum with the same features.
    fn peer(self) -> Self {
        match self {
            Self::Greenroom | Self::AxumLayered | Self::AxumBare => Self::AxumLayered,
            Self::GreenroomQuiet | Self::AxumLayeredQuiet => Self::AxumLayeredQuiet,
        }
    }

    /// The level below which the contender logs nothing.
    fn level(self) -> Level {
        match self {
            Self::Greenroom | Self::AxumLayered | Self::AxumBare => Level::INFO,
            Self::GreenroomQuiet | Self::AxumLayeredQuiet => Level::WARN,
        }
    }
}

fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", name, address] => serve(name, address.parse()?),
        _ => compare().map(|()| ExitCode::SUCCESS),
    }
}

#[tokio::main]
async fn serve(name: &str, address: SocketAddr) -> Result<ExitCode, BoxError> {
    end_with_input();
    let contender = Contender::ALL.into_iter().find(|one| one.label() == name);
    let contender = contender.ok_or_else(|| format!("there is no contender `{name}`"))?;
    match contender {
        Contender::Greenroom | Contender::GreenroomQuiet => Ok(backend::run().await),
        Contender::AxumLayered | Contender::AxumLayeredQuiet => {
            axum_layered::run(address, contender.level()).await
        }
        Contender::AxumBare => axum_bare::run(address).await,
    }
}

/// A contender's process and what was measured of it.
struct Lane {
    contender: Contender,
    server: Server,
    address: SocketAddr,
    samples: Samples,
}

impl Lane {
    fn open(contender: Contender) -> Result<Self, BoxError> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", contender.label(), &address.to_string()])
            .current_dir(std::env::temp_dir())
            .env("APP_CONFIG_backend_listen", address.to_string())
            .env(
                "APP_CONFIG_backend_logger_level",
                contender.level().as_str(),
            );
        let server = Server::start(&mut command)?;
        server.first_answer(address, PATH)?;
        Ok(Self {
            contender,
            server,
            address,
            samples: Samples::default(),
        })
    }

    async fn turn(&mut self, request: &Request) -> Result<(), BoxError> {
        let Self {
            server, address, ..
        } = self;
        let turn = self
            .samples
            .turn(server, *address, request, CONNECTIONS, TURN);
        turn.await
    }
}

/// One thread generates the load, so that the server has the rest of the machine.
#[tokio::main(flavor = "current_thread")]
async fn compare() -> Result<(), BoxError> {
    let request = Request::get(PATH);
    let mut lanes = Vec::new();
    for contender in Contender::ALL {
        let lane = Lane::open(contender)?;
        let until = Until::Elapsed(WARM_UP);
        load::run(lane.address, &request, CONNECTIONS, until).await?;
        lanes.push(lane);
    }
    for round in 0..ROUNDS {
        // Each contender begins as many rounds as any other.
        for turn in 0..lanes.len() {
            let lane = (round + turn) % lanes.len();
            lanes[lane].turn(&request).await?;
        }
    }
    report(&lanes);
    Ok(())
}

fn report(lanes: &[Lane]) {
    let of = |contender| lanes.iter().find(|lane| lane.contender == contender);
    let ratio =
        |lane: &Lane, other| of(other).map_or(f64::NAN, |other| lane.samples.ratio(&other.samples));
    let mut table = Table::new(&[
        "GET /api/example/health",
        "requests/s",
        "to its axum",
        "to (b)",
        "p50 µs",
        "p99 µs",
        "server µs/request",
    ]);
    for lane in lanes {
        table.row([
            lane.contender.label().to_owned(),
            format!("{:.0}", lane.samples.rate()),
            format!("{:.3}", ratio(lane, lane.contender.peer())),
            format!("{:.3}", ratio(lane, Contender::AxumBare)),
            format!("{:.0}", lane.samples.latency(0.5)),
            format!("{:.0}", lane.samples.latency(0.99)),
            format!("{:.1}", lane.samples.processor_micros()),
        ]);
    }
    println!("{ROUNDS} rounds of {TURN:?} each, {CONNECTIONS} connections\n");
    println!("{table}");
    let reached =
        of(Contender::Greenroom).map_or(f64::NAN, |lane| ratio(lane, Contender::AxumLayered));
    println!(
        "Aim: at least {AIM} of the rate of axum with the same features (a): {}, {reached:.3}.",
        verdict(reached >= AIM)
    );
}
