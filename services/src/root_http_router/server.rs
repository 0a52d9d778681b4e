//! The listening socket: bind, accept, drain.
//!
//! The three steps are apart because the address has to be known to services that are built between
//! them, and because a backend stops accepting long before it stops.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::instrument::WithSubscriber as _;

use super::bind::{BindError, open};
use super::connection::{self, ServerPhase, Shared};
use super::router::{RootRouter, service_logger};
use super::settings::HttpSettings;
use crate::logger::{Logger, RootLogger};

/// A bound socket that nobody answers on yet; clients that connect wait.
pub struct HttpServer {
    listener: TcpListener,
    address: SocketAddr,
    settings: HttpSettings,
    logger: Logger,
}

/// A server at work. Dropping it stops it at once; [`drain`](Self::drain) does it gently.
pub struct RunningServer {
    address: SocketAddr,
    phase: watch::Sender<ServerPhase>,
    accepting: Mutex<Option<JoinHandle<()>>>,
    router: Arc<RootRouter>,
    logger: Logger,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// How many connections had to be cut at the deadline.
    pub cut: usize,
}

impl HttpServer {
    /// Opens the port.
    ///
    /// # Errors
    ///
    /// [`BindError`] when the address cannot be bound; it says what to do.
    pub async fn bind(
        settings: &HttpSettings,
        root_logger: &RootLogger,
    ) -> Result<Self, BindError> {
        let (listener, address) = open(&settings.target).await?;
        let (settings, logger) = (settings.clone(), service_logger(root_logger));
        Ok(Self {
            listener,
            address,
            settings,
            logger,
        })
    }

    /// The address with the actual port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins to answer, in tasks of its own.
    #[must_use]
    pub fn serve(self, router: Arc<RootRouter>) -> RunningServer {
        let Self {
            listener,
            address,
            settings,
            logger,
        } = self;
        logger.info_with(
            format!("Listening on {}://{address}", settings.scheme()),
            json!({ "host": address.ip().to_string(), "port": address.port() }),
        );
        let (phase, watched) = watch::channel(ServerPhase::Serving);
        let shared = Arc::new(Shared::new(
            &settings,
            Arc::clone(&router),
            Arc::clone(&logger),
        ));
        let accepting = tokio::spawn(accept(listener, shared, watched).with_current_subscriber());
        let accepting = Mutex::new(Some(accepting));
        RunningServer {
            address,
            phase,
            accepting,
            router,
            logger,
        }
    }
}

impl RunningServer {
    /// The address with the actual port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and idle connections, lets requests in flight finish until `deadline` has passed,
    /// then cuts what is left. A request that still gets through is answered 503.
    pub async fn drain(&self, deadline: Duration) -> Drained {
        self.router.begin_drain();
        self.phase.send_replace(ServerPhase::Draining);
        let accepting = self
            .accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(accepting) = accepting {
            // Once the task is over the port is closed. It cannot be cancelled, and holds no handler.
            let _ = accepting.await;
        }
        // The connections hold the receivers.
        let drained = tokio::time::timeout(deadline, self.phase.closed()).await;
        let cut = if drained.is_ok() {
            0
        } else {
            self.phase.receiver_count()
        };
        self.phase.send_replace(ServerPhase::Cut);
        if cut > 0 {
            self.logger.warn_with(
                format!("Cut {cut} connections that were not done when the server stopped"),
                json!({ "connections": cut, "deadlineMs": deadline.as_secs_f64() * 1000.0 }),
            );
            self.phase.closed().await;
        }
        Drained { cut }
    }
}

/// Accepts connections until the server drains; the port closes when this returns.
async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    mut phase: watch::Receiver<ServerPhase>,
) {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = phase.changed() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => spawn(stream, peer, &shared, &phase),
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors or memory: trying at once would spin until some are free.
                shared.logger.warn_with(
                    format!("Cannot accept connections for the moment: {error}"),
                    json!({ "retrySeconds": ACCEPT_PAUSE.as_secs() }),
                );
                tokio::select! {
                    _ = phase.changed() => return,
                    () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                }
            }
        }
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

fn spawn(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Arc<Shared>,
    phase: &watch::Receiver<ServerPhase>,
) {
    // Answers are written whole; waiting for more to send would only delay them. A socket that refuses
    // the option is broken, and the first read will say so.
    let _ = stream.set_nodelay(true);
    let connection = connection::serve(Arc::clone(shared), stream, peer, phase.clone());
    tokio::spawn(connection.with_current_subscriber());
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_handshake_does_not_pause_accepting() {
        for (kind, one) in [
            (io::ErrorKind::ConnectionAborted, true),
            (io::ErrorKind::ConnectionReset, true),
            (io::ErrorKind::OutOfMemory, false),
            (io::ErrorKind::Other, false),
        ] {
            assert_eq!(concerns_one_connection(&kind.into()), one);
        }
    }
}
