//! A server of a program that is installed: in a folder of its own, on a port of this machine alone.

mod launch;
mod mysql;
mod port;
mod postgres;
mod process;
mod programs;
mod redis;
mod user;

pub(super) use port::free as free_port;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use self::process::Process;
use self::user::User;
use super::server::Signal;
use super::watchdog::Watchdog;
use super::{Kind, probe};

/// How long a server may take until it answers, and to stop. Machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at a server that starts or stops.
const MOMENT: Duration = Duration::from_millis(20);

/// How often a server is started that ends at once: another may have its port, or the one before it that was killed is
/// not all gone.
const TRIES: usize = 5;

/// A server that runs from a folder, or has run.
#[derive(Debug)]
pub(crate) struct Local {
    kind: Kind,
    recipe: Recipe,
    port: u16,
    folder: PathBuf,
    // It goes first: the watchdog waits for it.
    process: Process,
    watchdog: Watchdog,
}

/// How a server is started and ended, once its folder is prepared.
#[derive(Debug)]
struct Recipe {
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The arguments that tell the port.
    on_port: fn(u16) -> Vec<OsString>,
    user: Option<User>,
    /// Who may do everything; Redis has no name for it.
    user_name: &'static str,
    password: String,
    /// What lets it end in order.
    stop: &'static str,
}

impl Local {
    /// Prepares a folder and starts a server in it; gives its URL too.
    ///
    /// # Errors
    ///
    /// When the program is not installed, or does not start.
    pub(crate) async fn launch(kind: Kind) -> Result<(Self, String), String> {
        launch::launch(kind).await
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<(), String> {
        self.process.signal(signal)?;
        if signal == Signal::Kill {
            self.watchdog.rest();
        }
        Ok(())
    }

    pub(crate) async fn stop(&self) -> Result<(), String> {
        self.process.ask(self.recipe.stop)?;
        let ended = timeout(PATIENCE, async {
            while self.process.runs() {
                sleep(MOMENT).await;
            }
        });
        ended.await.map_err(|_| {
            let (name, log) = (self.kind.name(), self.log());
            format!(
                "{name} does not stop within {} s\n{log}",
                PATIENCE.as_secs()
            )
        })?;
        self.watchdog.rest();
        Ok(())
    }

    pub(crate) async fn start(&self, url: &str) -> Result<(), String> {
        let mut tries = 1;
        loop {
            match self.start_once(url).await {
                Err(Failure::Ended(_)) if tries < TRIES => tries += 1,
                Err(Failure::Ended(problem) | Failure::Other(problem)) => return Err(problem),
                Ok(()) => return Ok(()),
            }
            sleep(10 * MOMENT).await;
        }
    }

    async fn start_once(&self, url: &str) -> Result<(), Failure> {
        if !self.process.runs() {
            let (recipe, folder) = (&self.recipe, &self.folder);
            let started = self
                .process
                .start(recipe, self.port, folder, &self.watchdog);
            started.map_err(|error| {
                Failure::Other(format!("{}: {error}", recipe.program.display()))
            })?;
        }
        let name = self.kind.name();
        let answer = timeout(PATIENCE, async {
            loop {
                let answer = probe::probe(self.kind, url).await;
                // Another server at this port would not know the password.
                match answer {
                    Ok(()) => return Ok(()),
                    Err(_) if self.process.runs() => sleep(MOMENT).await,
                    Err(problem) => return Err(problem),
                }
            }
        });
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(problem)) => Err(Failure::Ended(format!(
                "{name} does not start ({problem})\n{}",
                self.log()
            ))),
            Err(_) => Err(Failure::Other(format!(
                "{name} does not answer within {} s\n{}",
                PATIENCE.as_secs(),
                self.log()
            ))),
        }
    }

    fn log(&self) -> String {
        end_of_log(&self.folder)
    }
}

/// Why a start did not work.
enum Failure {
    /// The server ended at once.
    Ended(String),
    Other(String),
}

/// The file that a server writes what it has to say to.
const LOG: &str = "log";

/// The last lines of a server's log, indented.
fn end_of_log(folder: &Path) -> String {
    const LINES: usize = 12;
    let log = std::fs::read(folder.join(LOG)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    let end = &lines[lines.len().saturating_sub(LINES)..];
    end.iter().map(|line| format!("  {line}\n")).collect()
}

/// It keeps other programs of this machine out, and other servers from being taken for this one.
pub(super) fn password() -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(24)
        .collect()
}
