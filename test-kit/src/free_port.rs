//! A port for a server that the test itself starts.

use std::net::{Ipv4Addr, TcpListener};

/// The number of a port of this machine that nobody listens on now.
///
/// Another process may take it before the test does. A backend needs none of this: with
/// [`TestBackend::listen`](crate::TestBackend::listen) it takes a free port itself, and
/// [`address`](crate::StartedTestBackend::address) tells which.
///
/// # Panics
///
/// When the system gives none.
#[must_use]
#[track_caller]
pub fn free_port() -> u16 {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = bound.and_then(|listener| listener.local_addr());
    let address = address.unwrap_or_else(|error| panic!("the system gives no port: {error}"));
    address.port()
}
