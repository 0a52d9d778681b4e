//! What was measured of one server with one request, turn by turn.

use std::net::SocketAddr;
use std::time::Duration;

use crate::BoxError;
use crate::load::{self, Request, Until};
use crate::process::Server;
use crate::statistics::{median, quantile};

/// One value for each turn, and one for each request.
#[derive(Debug, Default)]
pub struct Samples {
    rates: Vec<f64>,
    latencies: Vec<f64>,
    processor_seconds: f64,
}

impl Samples {
    /// Sends the request to the server for a while, and adds what was seen.
    ///
    /// # Errors
    ///
    /// Those of [`load::run`].
    pub async fn turn(
        &mut self,
        server: &Server,
        address: SocketAddr,
        request: &Request,
        connections: usize,
        turn: Duration,
    ) -> Result<(), BoxError> {
        let used = || server.processor_seconds().unwrap_or(f64::NAN);
        let before = used();
        let measured = load::run(address, request, connections, Until::Elapsed(turn)).await?;
        self.processor_seconds += used() - before;
        self.rates.push(measured.rate());
        self.latencies.extend(measured.latencies);
        Ok(())
    }

    /// The median of the rates, in requests per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        median(&self.rates)
    }

    /// The median, over the turns, of this rate in terms of another's.
    #[must_use]
    pub fn ratio(&self, other: &Self) -> f64 {
        let ratios = self.rates.iter().zip(&other.rates);
        median(&ratios.map(|(own, other)| own / other).collect::<Vec<_>>())
    }

    /// The time of a request below which this share of all lies, in microseconds.
    #[must_use]
    pub fn latency(&self, share: f64) -> f64 {
        quantile(&self.latencies, share)
    }

    /// The processor time of the server for a request, in microseconds.
    #[must_use]
    pub fn processor_micros(&self) -> f64 {
        self.processor_seconds * 1e6 / self.latencies.len() as f64
    }
}
