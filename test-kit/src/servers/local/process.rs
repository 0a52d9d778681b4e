//! The process of a server.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::user::User;
use super::{LOG, Recipe};
use crate::servers::server::Signal;
use crate::servers::watchdog::Watchdog;

/// Waits until somebody watches over it before it becomes the server: were the test killed in between, it would end by
/// itself.
const GATE: &str = r#"read -r go && exec "$@" </dev/null"#;

/// Sends a signal to a server and to the processes that it has made. It is held up first, so that it makes no more.
const SIGNAL_ALL: &str = r#"
signal=$1 server=$2
kill -s STOP "$server" || exit 1
made=$(cat "/proc/$server/task/$server/children" 2>/dev/null || pgrep -P "$server")
kill -s "$signal" $made 2>/dev/null
kill -s "$signal" "$server"
"#;

/// The process of a server, while there is one. It is killed with this value.
#[derive(Debug)]
pub(super) struct Process(Mutex<Option<Child>>);

impl Process {
    pub(super) fn none() -> Self {
        Self(Mutex::new(None))
    }

    /// Starts the server.
    pub(super) fn start(
        &self,
        recipe: &Recipe,
        port: u16,
        folder: &Path,
        watchdog: &Watchdog,
    ) -> io::Result<()> {
        let log = folder.join(LOG);
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", GATE, "greenroom-test-server"])
            .arg(&recipe.program)
            .args(&recipe.arguments)
            .args((recipe.on_port)(port))
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log);
        surround(&mut command, recipe.user.as_ref(), folder);
        let mut child = command.spawn()?;
        watchdog.watch(child.id());
        if let Some(mut gate) = child.stdin.take() {
            gate.write_all(b"go\n")?;
        }
        *self.lock() = Some(child);
        Ok(())
    }

    pub(super) fn runs(&self) -> bool {
        running(&mut self.lock()).is_some()
    }

    /// Sends the signal that lets it end in order.
    pub(super) fn ask(&self, signal: &str) -> Result<(), String> {
        let mut process = self.lock();
        let Some(child) = running(&mut process) else {
            return Ok(());
        };
        let script = r#"kill -s "$1" "$2" && kill -s CONT "$2""#;
        shell(script, signal, child)
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<(), String> {
        let mut process = self.lock();
        let Some(child) = running(&mut process) else {
            return match signal {
                Signal::Kill => Ok(()),
                Signal::Freeze | Signal::Thaw => Err("the server does not run".to_owned()),
            };
        };
        match signal {
            Signal::Freeze => shell(SIGNAL_ALL, "STOP", child),
            Signal::Thaw => shell(SIGNAL_ALL, "CONT", child),
            Signal::Kill => {
                shell(SIGNAL_ALL, "KILL", child)?;
                child.wait().map_err(|error| error.to_string())?;
                Ok(())
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Child>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // There is nobody to tell, and the watchdog comes after it.
        let _ = self.signal(Signal::Kill);
    }
}

/// The process, unless it has ended.
fn running(process: &mut Option<Child>) -> Option<&mut Child> {
    let child = process.as_mut()?;
    matches!(child.try_wait(), Ok(None)).then_some(child)
}

/// The shell has a `kill` of its own; a small image may have no other.
fn shell(script: &str, signal: &str, child: &Child) -> Result<(), String> {
    let status = Command::new("/bin/sh")
        .args(["-c", script, "greenroom-test-signal", signal])
        .arg(child.id().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("SIG{signal} does not reach the server: {status}")),
        Err(error) => Err(format!("/bin/sh: {error}")),
    }
}

/// What is around a program of the server: nothing of the test's environment that would change what it does.
pub(super) fn surround(command: &mut Command, user: Option<&User>, folder: &Path) {
    command
        .current_dir(folder)
        .env_clear()
        .env("LC_ALL", "C")
        .env("TMPDIR", folder)
        // Ctrl-C is for the test; the watchdog ends the server in order.
        .process_group(0);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
}
