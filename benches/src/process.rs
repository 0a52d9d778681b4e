//! The processes that are measured, and what the system tells about them.

use std::ffi::OsStr;
use std::fmt;
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

/// Which processors are whose: the last one is that of the servers, which are measured one at a time, and the others
/// are those of this process, which generates the load.
#[derive(Clone, Copy, Debug)]
pub struct Pinning {
    /// The servers' processor, if processes can be pinned at all.
    last: Option<usize>,
}

impl Pinning {
    /// Pins this process. It has to come before any thread is made.
    #[must_use]
    pub fn begin() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let last = processors.checked_sub(1).filter(|last| *last > 0);
        let others = last.map(|last| format!("0-{}", last - 1));
        let pinned = others.is_some_and(|others| {
            let process = std::process::id().to_string();
            let mut taskset = Command::new("taskset");
            taskset.args(["--cpu-list", "--pid", &others, &process]);
            taskset.stdout(Stdio::null()).stderr(Stdio::null());
            taskset.status().is_ok_and(|status| status.success())
        });
        Self {
            last: last.filter(|_| pinned),
        }
    }

    /// A command for a server. Where processes cannot be pinned, it is a plain one.
    #[must_use]
    pub fn command(self, program: impl AsRef<OsStr>) -> Command {
        let Some(last) = self.last else {
            return Command::new(program);
        };
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &last.to_string()]).arg(program);
        command
    }
}

impl fmt::Display for Pinning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(_) => formatter.write_str("servers on one processor, the generator on the rest"),
            None => formatter.write_str(
                "NOT PINNED: that takes Linux, `taskset` and two processors; the rates are not those of one core",
            ),
        }
    }
}

/// Ends this process with its standard input, whose other end the benchmark holds: it closes however that ends.
pub fn end_with_input() {
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
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
            if command.get_envs().all(|(set, _)| set != variable) {
                command.env_remove(variable);
            }
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
