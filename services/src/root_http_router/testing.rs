//! What the tests of the HTTP services share: a log that can be read back, a router, and a client that
//! speaks HTTP/1.1 byte by byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use greenroom_di_core::lifecycle::BackendState;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{HttpServer, HttpSettings, RootRouter, RunningServer};
use crate::clock::testing::Still;
use crate::config::{Config, FromConfig as _, Mode};
use crate::logger::{Fields, Level, Logger, LoggerService, RootLogger, RootLoggerService};
use crate::root_health;

/// Keeps every line, with the fields of its logger.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    lines: Arc<Mutex<Vec<Line>>>,
    fields: Fields,
}

#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) message: String,
    pub(crate) fields: Value,
}

impl Recorder {
    /// The lines whose field `type` has this value.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<Line> {
        self.matching(|line| line.fields["type"] == kind)
    }

    pub(crate) fn matching(&self, wanted: impl Fn(&Line) -> bool) -> Vec<Line> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| wanted(line)).cloned().collect()
    }

    pub(crate) fn root(&self) -> RootLogger {
        Arc::new(self.clone())
    }
}

impl LoggerService for Recorder {
    fn log(&self, level: Level, message: &str, fields: &Fields) {
        let mut all = self.fields.clone();
        all.extend(fields.clone());
        let line = Line {
            level,
            message: message.to_owned(),
            fields: Value::Object(all),
        };
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn enabled(&self, _: Level) -> bool {
        true
    }

    fn child(&self, fields: Fields) -> Logger {
        let mut child = self.clone();
        child.fields.extend(fields);
        Arc::new(child)
    }
}

impl RootLoggerService for Recorder {
    fn logger(&self, fields: Fields) -> Logger {
        self.child(fields)
    }

    fn dispatch(&self) -> tracing::Dispatch {
        tracing::Dispatch::none()
    }
}

/// A root router whose backend is in a state of the test's choice.
pub(crate) struct Fixture {
    pub(crate) router: Arc<RootRouter>,
    pub(crate) log: Recorder,
    pub(crate) settings: HttpSettings,
    pub(crate) state: watch::Sender<BackendState>,
}

pub(crate) fn fixture(backend: Value) -> Fixture {
    let mut backend = backend;
    backend["listen"] = json!("127.0.0.1:0");
    let config = Config::from_json(json!({ "backend": backend }));
    let settings = HttpSettings::from_config(&config);
    let mut settings = settings.expect("the settings of a test are valid");
    // The mode is no configuration value, but a test says everything in one place.
    settings.mode = match config.get_optional::<String>("backend.mode") {
        Ok(Some(mode)) if mode == "development" => Mode::Development,
        _ => Mode::Production,
    };
    let log = Recorder::default();
    let clock = Arc::new(Still(SystemTime::UNIX_EPOCH));
    let (state, watched) = watch::channel(BackendState::Ready);
    let health = root_health::from_state(watched, []);
    let router = RootRouter::with_clock(&settings, &log.root(), health, None, clock);
    Fixture {
        router,
        log,
        settings,
        state,
    }
}

impl Fixture {
    pub(crate) async fn serve(&self) -> RunningServer {
        let server = HttpServer::bind(&self.settings, &self.log.root()).await;
        server
            .expect("port 0 is always free")
            .serve(Arc::clone(&self.router))
    }
}

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// One answer; the head as sent.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream
            .write_all(bytes.as_ref())
            .await
            .expect("the connection is open");
    }

    /// Reads one answer with `Content-Length`, or none.
    pub(crate) async fn answer(&mut self) -> Answer {
        let end = self.read_until(b"\r\n\r\n").await;
        let head = String::from_utf8(self.buffer.drain(..end).collect()).expect("ASCII");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut answer = Answer {
            status: status.expect("a status line"),
            head,
            body: String::new(),
        };
        let length = answer
            .header("content-length")
            .and_then(|length| length.parse().ok());
        let length: usize = length.unwrap_or(0);
        while self.buffer.len() < length {
            assert!(self.read().await > 0, "the body is cut: {answer:?}");
        }
        let body = self.buffer.drain(..length).collect();
        answer.body = String::from_utf8(body).expect("UTF-8");
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"))
            .await;
        self.answer().await
    }

    /// Everything up to the end of the connection; a reset is an end too.
    pub(crate) async fn rest(&mut self) -> String {
        while self.read().await > 0 {}
        String::from_utf8_lossy(&std::mem::take(&mut self.buffer)).into_owned()
    }

    /// Reads until `wanted` has come, and tells where it ends.
    pub(crate) async fn read_until(&mut self, wanted: &[u8]) -> usize {
        loop {
            let found = self
                .buffer
                .windows(wanted.len())
                .position(|window| window == wanted);
            if let Some(found) = found {
                return found + wanted.len();
            }
            assert!(self.read().await > 0, "the connection ended early");
        }
    }

    async fn read(&mut self) -> usize {
        self.stream.read_buf(&mut self.buffer).await.unwrap_or(0)
    }
}
