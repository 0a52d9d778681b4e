//! A backend in the test's own process, on a port that the system picks, with its log in memory.

use std::net::SocketAddr;
use std::ops::Deref;

use greenroom::config::{Config, ConfigArguments};
use greenroom::logger::{Lines, Sink};
use greenroom::root_http_router::RootHttpRouterService;
use greenroom::{Backend, Inputs, Running, StartError};
use serde_json::{Value, json};

/// A running backend and its log.
pub struct Started {
    pub running: Running,
    pub lines: Lines,
}

impl Started {
    pub fn address(&self) -> SocketAddr {
        let router = self.running.root_service::<dyn RootHttpRouterService>();
        let address = router.and_then(|router| router.address());
        address.expect("a backend listens")
    }

    /// The lines of the log, as JSON.
    pub fn log(&self) -> Vec<Value> {
        let lines = self.lines.all();
        lines
            .iter()
            .map(|line| serde_json::from_str(line).expect("a line of the log is JSON"))
            .collect()
    }

    /// The first line of the log with this message.
    pub fn line(&self, message: &str) -> Value {
        let log = self.log();
        let found = log.iter().find(|line| {
            let said = line["message"].as_str();
            said.is_some_and(|said| said.contains(message))
        });
        found
            .unwrap_or_else(|| panic!("no line says `{message}`: {log:#?}"))
            .clone()
    }
}

impl Deref for Started {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// Starts a backend without any configuration of its own.
pub async fn start(backend: Backend) -> Started {
    let (started, lines) = start_with(backend, json!({})).await;
    let running = started.unwrap_or_else(|error| panic!("it starts: {error}"));
    Started { running, lines }
}

/// Starts a backend with this configuration, over a listener on a free port.
pub async fn start_with(
    backend: Backend,
    mut config: Value,
) -> (Result<Running, StartError>, Lines) {
    let (sink, lines) = Sink::memory();
    let listen = &mut config["backend"]["listen"];
    if listen.is_null() {
        *listen = json!({ "host": "127.0.0.1", "port": 0 });
    }
    let config = ConfigArguments::fixed(Config::from_json(config));
    let inputs = Inputs::new().with(config).with(sink);
    (backend.start(inputs).await, lines)
}
