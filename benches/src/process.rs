//! The processes that are measured, and what the system tells about them.

use std::io;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// For how long a process may stay silent before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long to wait before a port that nobody has opened yet is tried again.
const PAUSE: Duration = Duration::from_micros(100);

/// An address of this machine whose port is free now, and will be a moment later.
///
/// # Errors
///
/// When the system has no port left.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// The memory of a process that is resident, in MiB; none where the system does not tell.
#[must_use]
pub fn resident_mib(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// A server in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    started: Instant,
}

impl Server {
    /// Starts it. Its log goes nowhere; its standard input is closed when this process ends, however
    /// that comes about.
    ///
    /// # Errors
    ///
    /// When the program cannot be run.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        for variable in ["LOG_LEVEL", "LOG_FORMAT", "GREENROOM_ENV", "NODE_ENV"] {
            command.env_remove(variable);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let started = Instant::now();
        let child = command.spawn()?;
        Ok(Self { child, started })
    }

    /// The time from the process's start to its first answer 200 to `GET path`, asked without pause.
    ///
    /// # Errors
    ///
    /// When there is none for 20 seconds.
    pub fn first_answer(&self, address: SocketAddr, path: &str) -> io::Result<Duration> {
        loop {
            let answered = is_answered(address, path);
            let elapsed = self.started.elapsed();
            match answered {
                Ok(true) => return Ok(elapsed),
                Ok(false) => {}
                Err(error) if elapsed > PATIENCE => return Err(error),
                Err(_) => {}
            }
            if elapsed > PATIENCE {
                let message = format!("{path} is not answered with 200");
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// The memory that is resident, in MiB; none where the system does not tell.
    #[must_use]
    pub fn resident_mib(&self) -> Option<f64> {
        resident_mib(self.child.id())
    }

    /// The processor time that it has used so far, in seconds; none where the system does not tell.
    #[must_use]
    pub fn processor_seconds(&self) -> Option<f64> {
        /// Linux counts in hundredths of a second towards programs, whatever the kernel uses itself.
        const TICKS: f64 = 100.0;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        // The name of the program may contain spaces, and ends with the last bracket. The times in
        // user and in system mode are the fields 14 and 15; the first after the bracket is 3.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut times = fields.split_whitespace().skip(11);
        let user: f64 = times.next()?.parse().ok()?;
        let system: f64 = times.next()?.parse().ok()?;
        Some((user + system) / TICKS)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A process that is gone already has nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_answered(address: SocketAddr, path: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(&status == b"HTTP/1.1 200")
}
