//! A backend in a process of its own. It is killed when the test lets go of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long a test waits for a line or the end of a program before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program and its standard output, line by line.
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
    // The configuration and working directory of the program.
    directory: tempfile::TempDir,
}

impl Program {
    /// Starts the test backend of this name with a configuration on a free port.
    pub fn start(name: &str, config: &str) -> Self {
        Self::example(
            "test-program",
            &[name, "--config", "app-config.yaml"],
            config,
        )
    }

    /// Starts an example with these arguments, in a directory that holds this `app-config.yaml`.
    pub fn example(example: &str, arguments: &[&str], config: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        std::fs::write(directory.path().join("app-config.yaml"), config)
            .expect("a file can be written");
        Self::begin(example, arguments, directory)
    }

    /// Starts an example with these arguments, in a directory that holds nothing.
    pub fn unconfigured(example: &str, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        Self::begin(example, arguments, directory)
    }

    /// Runs an example whose standard output nobody reads: the exit status and standard error.
    pub async fn unread(example: &str, arguments: &[&str]) -> (ExitStatus, String) {
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let output = Command::new(built(example))
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the examples are built")
            .wait_with_output();
        let output = timeout(PATIENCE, output).await.expect("it ends");
        let output = output.expect("it can be waited for");
        let errors = String::from_utf8(output.stderr).expect("it is text");
        (output.status, errors)
    }

    fn begin(example: &str, arguments: &[&str], directory: tempfile::TempDir) -> Self {
        let mut child = Command::new(built(example))
            .args(arguments)
            .current_dir(directory.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the examples are built");
        let output = child.stdout.take().expect("it is piped");
        let lines = BufReader::new(output).lines();
        Self {
            child,
            lines,
            seen: Vec::new(),
            directory,
        }
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Reads the log up to a line that holds this text, and gives that line as JSON.
    pub async fn line(&mut self, text: &str) -> Value {
        while let Some(line) = self
            .lines
            .next_line()
            .await
            .expect("the output can be read")
        {
            self.seen.push(line.clone());
            if line.contains(text) {
                return serde_json::from_str(&line).expect("a line of the log is JSON");
            }
        }
        panic!("no line says `{text}`: {:#?}", self.seen);
    }

    /// Waits until the program listens; gives its address.
    pub async fn address(&mut self) -> SocketAddr {
        let line = self.line("Listening on").await;
        let message = line["message"].as_str().unwrap_or_default();
        let address = message
            .rsplit("//")
            .next()
            .and_then(|address| address.parse().ok());
        address.unwrap_or_else(|| panic!("no address in {line}"))
    }

    /// Sends a signal, by the system's `kill`.
    pub async fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let kill = Command::new("kill")
            .args(["-s", name, &id])
            .stderr(Stdio::null())
            .status();
        // It fails when the program has ended meanwhile, which the test sees by the exit status.
        kill.await.expect("the system has a `kill`");
    }

    /// Writes a line to the program's standard input.
    pub async fn say(&mut self) {
        use tokio::io::AsyncWriteExt as _;
        let input = self.child.stdin.as_mut().expect("it is piped");
        input.write_all(b"\n").await.expect("it can be written to");
    }

    /// Sends a signal again and again until the program has ended.
    pub async fn insist(&mut self, name: &str) {
        while let Ok(None) = self.child.try_wait() {
            self.signal(name).await;
        }
    }

    /// Waits for the end: the exit status, all lines of standard output, and standard error.
    pub async fn end(mut self) -> (ExitStatus, Vec<String>, String) {
        while let Some(line) = timeout(PATIENCE, self.lines.next_line())
            .await
            .unwrap_or_else(|_| panic!("it does not end: {:#?}", self.seen))
            .expect("the output can be read")
        {
            self.seen.push(line);
        }
        let mut errors = String::new();
        let mut stream = self.child.stderr.take().expect("it is piped");
        stream
            .read_to_string(&mut errors)
            .await
            .expect("the errors can be read");
        let status = self.child.wait().await.expect("it can be waited for");
        (status, self.seen, errors)
    }
}

/// Where cargo puts the examples: beside the directory of the test's own binary.
///
/// `cargo test` builds them, but `cargo test --test integration` does not, and would leave old ones there.
pub fn built(example: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    let test = std::env::current_exe().expect("the test knows where it is");
    let directory = test.parent().and_then(Path::parent);
    let directory = directory
        .expect("it lies in target/<profile>/deps")
        .join("examples");
    BUILT.get_or_init(|| {
        let release = directory
            .components()
            .any(|part| part.as_os_str() == "release");
        let status = std::process::Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "greenroom", "--examples"])
            .args(release.then_some("--release"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the examples do not build"
        );
    });
    directory
        .join(example)
        .with_extension(std::env::consts::EXE_EXTENSION)
}
