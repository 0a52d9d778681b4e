//! A Redis of a test's own, which it may kill and start again under the same port.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use greenroom_test_kit::{TestDirectory, free_port};
use redis::aio::MultiplexedConnection;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::certificate::SelfSigned;

/// Runs until it is killed, or dropped.
pub struct RedisServer {
    pub port: u16,
    arguments: Vec<String>,
    child: Option<Child>,
    _directory: TestDirectory,
}

/// Whether the server is installed; it is told when it is not.
pub fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join("redis-server").is_file());
    if !found {
        let required = std::env::var("GREENROOM_TEST_REQUIRE").unwrap_or_default();
        let is_required = required.split(',').any(|name| name.trim() == "redis");
        assert!(
            !is_required,
            "redis is required, and `redis-server` is not in the PATH"
        );
        eprintln!("skipped: `redis-server` is not in the PATH");
    }
    found
}

impl RedisServer {
    /// On a free port, without a file.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these arguments too.
    pub async fn start_with(more: &[&str]) -> Self {
        let mut server = Self::new(more);
        server.restart().await;
        server
    }

    /// Known, and not there yet.
    pub fn new(more: &[&str]) -> Self {
        let port = free_port();
        let directory = TestDirectory::new();
        let folder = directory.path().display().to_string();
        let own = [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
        ];
        let mut arguments: Vec<String> = own.map(str::to_owned).to_vec();
        arguments.push(folder);
        arguments.extend(
            more.iter()
                .map(|argument| argument.replace("{port}", &port.to_string())),
        );
        if !more.contains(&"--port") {
            arguments.extend(["--port".to_owned(), port.to_string()]);
        }
        Self {
            port,
            arguments,
            child: None,
            _directory: directory,
        }
    }

    /// Starts it, until it takes connections.
    pub async fn restart(&mut self) {
        let mut child = Command::new("redis-server")
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server starts");
        let output = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines();
        let mut said = Vec::new();
        loop {
            match lines.next_line().await.expect("it speaks UTF-8") {
                Some(line) if line.contains("Ready to accept connections") => break,
                Some(line) => said.push(line),
                None => panic!("redis-server ended: {}", said.join("\n")),
            }
        }
        // Read on, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.child = Some(child);
    }

    /// SIGKILL, and waits until it is gone.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().expect("it runs");
        child.kill().await.expect("it is this test's own");
    }

    /// Sends it this signal.
    pub async fn signal(&self, name: &str) {
        let process = self.child.as_ref().and_then(Child::id).expect("it runs");
        let mut kill = Command::new("kill");
        let kill = kill.arg(format!("-{name}")).arg(process.to_string());
        let ended = kill.status().await.expect("there is a `kill`");
        assert!(ended.success(), "{ended}");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A client that knows nothing of the cache.
    pub async fn bare(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).expect("it is a URL");
        let connection = client.get_multiplexed_async_connection().await;
        connection.expect("it takes connections")
    }
}

/// A certificate for this machine in a folder, with its key; itself its authority.
pub fn certificate(folder: &Path) -> (String, PathBuf, PathBuf) {
    let made = SelfSigned::new();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, &made.certificate).expect("the folder is there");
    std::fs::write(&key, &made.key).expect("the folder is there");
    (made.certificate, certificate, key)
}
