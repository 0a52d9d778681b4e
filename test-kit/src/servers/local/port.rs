//! A port that a server can have again after a stop.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Below those that systems give to clients: one of them could take the port while the server is away.
const PORTS: Range<u16> = 20_000..32_000;

/// One that nobody listens on now.
pub(in crate::servers) fn free() -> io::Result<u16> {
    const TRIES: usize = 100;
    let mut tries = 1;
    loop {
        let port = fastrand::u16(PORTS);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => tries += 1,
        }
    }
}
