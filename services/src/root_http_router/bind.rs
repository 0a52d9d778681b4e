//! Opening the port, and what to say when that fails.
//!
//! It is the commonest failure of a start, so the message names the address, the configuration key and
//! the way out.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::listen::Target;

/// The server cannot listen at the configured address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Another process has the port.
    #[error(
        "cannot listen on {address}: the port is in use; stop the program that holds it, or set \
         `backend.listen` to another port (0 takes any free one)"
    )]
    InUse {
        /// Host and port as configured.
        address: String,
    },
    /// The system refuses the port: below 1024 it wants privileges.
    #[error(
        "cannot listen on {address}: permission denied; set `backend.listen` to a port from 1024 \
         upwards, or grant the process the right to bind lower ones"
    )]
    Denied {
        /// Host and port as configured.
        address: String,
    },
    /// Anything else, such as a host that is no address of this machine.
    #[error("cannot listen on {address} (`backend.listen`): {source}")]
    Failed {
        /// Host and port as configured.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}

/// Opens the first of the hosts that can be bound.
pub(super) async fn open(target: &Target) -> Result<(TcpListener, SocketAddr), BindError> {
    let failed = |source: io::Error| {
        let address = target.to_string();
        match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse { address },
            io::ErrorKind::PermissionDenied => BindError::Denied { address },
            _ => BindError::Failed { address, source },
        }
    };
    let listener = bind_first(&target.hosts, target.port)
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

async fn bind_first(hosts: &[String], port: u16) -> io::Result<TcpListener> {
    let mut first_error = None;
    for host in hosts {
        match TcpListener::bind((host.as_str(), port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
}
