//! A backend in a process of its own, for what cannot be seen from within: signals, exit statuses, and a death without
//! warning.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::TestDirectory;
#[cfg(unix)]
use crate::servers::Watchdog;

/// How long a test waits for a line or the end of a process before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that a test is about to start.
#[derive(Debug)]
#[must_use = "a program does nothing until it is started"]
pub struct TestProgram {
    command: Command,
    directory: TestDirectory,
}

/// A running program, and what it prints. It is killed when this value is dropped, and on Unix also when the test's
/// process is.
///
/// ```no_run
/// # use greenroom_test_kit::TestProgram;
/// # use serde_json::json;
/// # async fn test(database: greenroom_test_kit::TestDatabase) {
/// # const PROGRAM: &str = "";
/// // In a test of a package with a program `shop`: `env!("CARGO_BIN_EXE_shop")`.
/// let config = json!({
///     "backend": { "listen": "127.0.0.1:0", "database": database.config() },
/// });
/// let mut replica = TestProgram::new(PROGRAM).config(&config).start();
/// let address = replica.address().await;
/// replica.kill().await;
/// # }
/// ```
#[derive(Debug)]
pub struct TestProcess {
    child: Child,
    input: Option<ChildStdin>,
    lines: UnboundedReceiver<String>,
    errors: JoinHandle<Vec<u8>>,
    seen: Vec<String>,
    directory: TestDirectory,
    /// Ends it when the test itself is killed.
    #[cfg(unix)]
    watchdog: Watchdog,
}

/// A process that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct EndedProcess {
    /// How.
    pub status: ExitStatus,
    /// All lines of its standard output.
    pub lines: Vec<String>,
    /// Its standard error.
    pub errors: String,
}

impl TestProgram {
    /// A program, in a directory that is empty and an environment that is too.
    pub fn new(path: impl AsRef<Path>) -> Self {
        let directory = TestDirectory::new();
        let mut command = Command::new(path.as_ref());
        command.current_dir(directory.path()).env_clear();
        Self { command, directory }
    }

    /// Adds arguments.
    pub fn arguments<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment.
    pub fn variable(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.command.env(name.into(), value.into());
        self
    }

    /// Writes a file into its directory.
    ///
    /// # Panics
    ///
    /// When the path leads out of the directory, or the file cannot be written.
    #[track_caller]
    pub fn file(mut self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        self.directory = self.directory.file(path, content);
        self
    }

    /// Writes its configuration, the `app-config.yaml` that a backend looks for.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    #[track_caller]
    pub fn config(self, config: &Value) -> Self {
        // What is JSON is YAML.
        self.file("app-config.yaml", config.to_string())
    }

    /// Starts it. The test's runtime reads what it prints.
    ///
    /// # Panics
    ///
    /// When the system cannot.
    #[must_use]
    #[track_caller]
    pub fn start(mut self) -> TestProcess {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let program = PathBuf::from(self.command.as_std().get_program());
        let child = self.command.spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        #[cfg(unix)]
        let watchdog = {
            let watchdog = Watchdog::of_process();
            let watchdog = watchdog.unwrap_or_else(|error| panic!("/bin/sh: {error}"));
            child.id().into_iter().for_each(|id| watchdog.watch(id));
            watchdog
        };
        let output = child.stdout.take().expect("it is piped");
        let mut stream = child.stderr.take().expect("it is piped");
        // Both are read all the time: a pipe that is full holds up the process.
        let (tell, lines) = unbounded_channel();
        tokio::spawn(async move {
            let mut output = BufReader::new(output).lines();
            while let Ok(Some(line)) = output.next_line().await {
                // The test may have lost interest.
                let _ = tell.send(line);
            }
        });
        let errors = tokio::spawn(async move {
            let mut errors = Vec::new();
            // What was read until it broke off is still there.
            let _ = stream.read_to_end(&mut errors).await;
            errors
        });
        TestProcess {
            input: child.stdin.take(),
            child,
            lines,
            errors,
            seen: Vec::new(),
            directory: self.directory,
            #[cfg(unix)]
            watchdog,
        }
    }
}

impl TestProcess {
    /// Its working directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Its number, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Reads its standard output up to a line that holds this text, and gives that line as JSON, or as a string.
    ///
    /// # Panics
    ///
    /// When there is none: with those that there were.
    pub async fn line(&mut self, text: &str) -> Value {
        while let Some(line) = self.next_line().await {
            if line.contains(text) {
                return serde_json::from_str(&line).unwrap_or(Value::String(line));
            }
        }
        panic!("no line says `{text}`: {:#?}", self.seen);
    }

    /// Waits until the backend listens; gives its address.
    ///
    /// # Panics
    ///
    /// When it does not: with what it logged.
    pub async fn address(&mut self) -> SocketAddr {
        let line = self.line("Listening on").await;
        let message = line["message"].as_str().unwrap_or_default();
        let address = message.rsplit("//").next();
        let address = address.and_then(|address| address.parse().ok());
        address.unwrap_or_else(|| panic!("no address in {line}"))
    }

    /// Sends a signal such as `TERM`, if it runs.
    ///
    /// # Panics
    ///
    /// When the system has no `kill`.
    pub async fn signal(&self, name: &str) {
        let Some(id) = self.child.id() else { return };
        let kill = Command::new("kill")
            .args(["-s", name, &id.to_string()])
            .stderr(Stdio::null())
            .status();
        // It fails when the process has ended meanwhile, which the test sees by the exit status.
        kill.await.expect("the system has a `kill`");
    }

    /// Sends a signal again and again until the process has ended.
    ///
    /// # Panics
    ///
    /// When the system has no `kill`.
    pub async fn insist(&mut self, name: &str) {
        while let Ok(None) = self.child.try_wait() {
            self.signal(name).await;
        }
    }

    /// Writes a line to its standard input.
    ///
    /// # Panics
    ///
    /// When nobody reads it.
    pub async fn say(&mut self, line: &str) {
        let input = self.input.as_mut().expect("it is piped");
        let written = input.write_all(format!("{line}\n").as_bytes()).await;
        written.unwrap_or_else(|error| panic!("`{line}` cannot be said: {error}"));
    }

    /// Kills it: no destructor runs, nothing is said goodbye to. Returns when it is gone.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    pub async fn kill(mut self) -> EndedProcess {
        let killed = self.child.start_kill();
        killed.unwrap_or_else(|error| panic!("the process cannot be killed: {error}"));
        self.end().await
    }

    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// When it does not come.
    pub async fn end(mut self) -> EndedProcess {
        while self.next_line().await.is_some() {}
        let errors = timeout(PATIENCE, &mut self.errors).await;
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let (Ok(Ok(errors)), Ok(Ok(status))) = (errors, ended) else {
            panic!("the process does not end: {:#?}", self.seen)
        };
        EndedProcess {
            status,
            lines: std::mem::take(&mut self.seen),
            errors: String::from_utf8_lossy(&errors).into_owned(),
        }
    }

    async fn next_line(&mut self) -> Option<String> {
        let line = timeout(PATIENCE, self.lines.recv()).await;
        let Ok(line) = line else {
            panic!("no line and no end: {:#?}", self.seen)
        };
        let line = line?;
        self.seen.push(line.clone());
        Some(line)
    }
}

#[cfg(unix)]
impl Drop for TestProcess {
    fn drop(&mut self) {
        // It has ended, or the test's runtime ends it: its number may be another's before long.
        let _ = self.child.start_kill();
        self.watchdog.rest();
    }
}
