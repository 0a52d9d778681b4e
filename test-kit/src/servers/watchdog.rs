//! What ends a server and removes its folder when the process of the test is gone, however it went.
//!
//! A shell reads from a pipe whose other end the test's process holds. The system closes that end when the process
//! ends, by SIGKILL too, and then the shell cleans up. Nothing else would: destructors do not run then, those of statics
//! never do, and `PR_SET_PDEATHSIG` is Linux's alone and needs `unsafe`.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Reads process ids until the pipe closes, and ends the last one: by the signal, and by force after five seconds. A
/// process that was stopped takes no signal before it goes on. What follows the folder is a command to run.
const SCRIPT: &str = r#"
folder=$1 signal=$2
shift 2
server=0
while read -r told; do server=$told; done
if [ "$server" -gt 0 ]; then
    kill -s "$signal" "$server"
    kill -s CONT "$server"
    tries=0
    while kill -0 "$server" && [ "$tries" -lt 50 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    [ "$tries" -lt 50 ] || kill -s KILL "$server"
fi
[ "$#" -eq 0 ] || "$@"
[ -z "$folder" ] || rm -rf -- "$folder"
"#;

/// A watchdog. Dropping it lets it do its work, and waits for that.
#[derive(Debug)]
pub(crate) struct Watchdog {
    process: Child,
    pipe: Mutex<Option<ChildStdin>>,
}

impl Watchdog {
    /// Removes this folder in the end, and before that ends the process that is watched, by this signal.
    pub(crate) fn of_folder(folder: &Path, signal: &str) -> io::Result<Self> {
        Self::spawn(folder.as_os_str().to_owned(), signal, Vec::new())
    }

    /// Ends the process that is watched, by force.
    pub(crate) fn of_process() -> io::Result<Self> {
        Self::spawn(OsString::new(), "KILL", Vec::new())
    }

    /// Runs this command in the end.
    pub(crate) fn of_command(command: Vec<OsString>) -> io::Result<Self> {
        Self::spawn(OsString::new(), "TERM", command)
    }

    fn spawn(folder: OsString, signal: &str, command: Vec<OsString>) -> io::Result<Self> {
        let mut process = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "greenroom-test-watchdog"])
            .arg(folder)
            .arg(signal)
            .args(command)
            .current_dir("/")
            .stdin(Stdio::piped())
            // Whoever reads what the tests print waits for all who could still print.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal goes to all processes of the group: the watchdog has to outlive it.
            .process_group(0)
            .spawn()?;
        let pipe = Mutex::new(process.stdin.take());
        Ok(Self { process, pipe })
    }

    /// Ends this process too when the time comes, and no other.
    pub(crate) fn watch(&self, process: u32) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipe) = pipe.as_mut() {
            // It only fails if somebody has ended the watchdog.
            let _ = writeln!(pipe, "{process}");
        }
    }

    /// The process that was watched is gone.
    pub(crate) fn rest(&self) {
        self.watch(0);
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let pipe = self.pipe.get_mut();
        drop(pipe.unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.process.wait();
    }
}
