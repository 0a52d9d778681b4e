//! A Backstage in a process of its own: `node/index.js` with a configuration of the test.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

/// For a start or an end that never comes: a test fails with the log then.
const PATIENCE: Duration = Duration::from_secs(120);

/// What `node/index.js` prints when it can be called.
const STARTED: &str = "anchor: started";

/// A running Backstage. It ends with its standard input, and so with the test, however that comes about.
pub struct Node {
    child: Child,
    input: Option<ChildStdin>,
    log: Log,
    // The configuration.
    _directory: tempfile::TempDir,
}

impl Node {
    /// Starts it with these features; none if somebody else took the port of the configuration.
    pub async fn start(project: &Path, features: &[&str], config: &Value) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let file = directory.path().join("app-config.json");
        std::fs::write(&file, config.to_string()).expect("a file can be written");
        let mut command = Command::new("node");
        // Of the configuration there is the test's alone.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"APP_CONFIG_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .arg("index.js")
            .args(features)
            .arg("--config")
            .arg(&file)
            .current_dir(project)
            .env("NODE_ENV", "production")
            .env_remove("NODE_OPTIONS")
            .env_remove("LOG_LEVEL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the set-up has found `node`");
        let log = Log::default();
        let errors = tokio::spawn(log.clone().read(child.stderr.take().expect("it is piped")));
        let lines = log.clone().read(child.stdout.take().expect("it is piped"));
        let lines = tokio::spawn(lines);
        let mut node = Self {
            input: child.stdin.take(),
            child,
            log,
            _directory: directory,
        };
        let started = async {
            tokio::select! {
                () = node.log.has(STARTED) => true,
                // Both end with the process.
                _ = async { (lines.await, errors.await) } => false,
            }
        };
        let started = timeout(PATIENCE, started).await;
        if started.unwrap_or_else(|_| panic!("Backstage does not start:\n{}", node.log.text())) {
            return Some(node);
        }
        let status = node.child.wait().await;
        let log = node.log.take();
        assert!(
            log.contains("EADDRINUSE"),
            "Backstage ended, {status:?}:\n{log}"
        );
        None
    }

    /// Lets go of its standard input, and waits until it has ended.
    pub async fn ended(mut self) -> ExitStatus {
        drop(self.input.take());
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("Backstage outlives its standard input"));
        ended.expect("it is a process of this one")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("log of Backstage:\n{}", self.log.text());
        }
    }
}

/// The lines that it printed.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    more: Arc<tokio::sync::Notify>,
}

impl Log {
    async fn read(self, output: impl AsyncRead + Unpin) {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            self.with(|lines| lines.push(line));
            self.more.notify_one();
        }
    }

    /// Waits for a line.
    async fn has(&self, line: &str) {
        while !self.with(|lines| lines.iter().any(|one| one == line)) {
            self.more.notified().await;
        }
    }

    fn text(&self) -> String {
        self.with(|lines| lines.join("\n"))
    }

    /// What there is, for a message that is not to be shown twice.
    fn take(&self) -> String {
        self.with(std::mem::take).join("\n")
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<String>) -> T) -> T {
        work(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
