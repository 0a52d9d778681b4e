//! A server that a test has for itself, to see what happens when it goes away.

use std::panic::Location;
use std::sync::Arc;

use serde_json::{Value, json};

use super::server::{Server, Signal};
use super::{Kind, worker};

/// A database or cache server of one test's own, which the test can stop, kill and start again at the same address.
///
/// It is started from what is installed, else in a container, and ends when this value is dropped, or when the test's
/// process is killed. What was committed is still there after a [`kill`](Self::kill), as it is in production.
///
/// ```
/// # use greenroom_test_kit::TestServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // `None`: there is no Redis here, which was said on standard error.
/// let Some(redis) = TestServer::redis().await else { return };
/// redis.kill();
/// assert!(!redis.answers().await);
/// redis.start().await;
/// assert!(redis.answers().await);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestServer(Arc<Server>);

impl TestServer {
    /// A PostgreSQL server; `None` and a word on standard error when there is none.
    ///
    /// # Panics
    ///
    /// When there is none and `GREENROOM_TEST_REQUIRE` names it.
    #[track_caller]
    pub fn postgres() -> impl Future<Output = Option<Self>> + Send {
        Self::launch(Kind::Postgres, Location::caller())
    }

    /// A MySQL or MariaDB server; `None` and a word on standard error when there is none.
    ///
    /// # Panics
    ///
    /// When there is none and `GREENROOM_TEST_REQUIRE` names it.
    #[track_caller]
    pub fn mysql() -> impl Future<Output = Option<Self>> + Send {
        Self::launch(Kind::MySql, Location::caller())
    }

    /// A Redis or Valkey server; `None` and a word on standard error when there is none.
    ///
    /// # Panics
    ///
    /// When there is none and `GREENROOM_TEST_REQUIRE` names it.
    #[track_caller]
    pub fn redis() -> impl Future<Output = Option<Self>> + Send {
        Self::launch(Kind::Redis, Location::caller())
    }

    async fn launch(kind: Kind, caller: &'static Location<'static>) -> Option<Self> {
        match worker::run(move || Server::launch(kind)).await {
            Ok(server) => Some(Self(Arc::new(server))),
            Err(why) => {
                let why = format!(
                    "{why}. Install it (on Debian the package {})",
                    kind.package()
                );
                kind.requirement().missing_at(caller, why);
                None
            }
        }
    }

    /// Where it is, with the name and password of one who may do everything.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// What stands under `backend.database`, or under `backend.cache`, for a backend that uses it.
    #[must_use]
    pub fn config(&self) -> Value {
        match self.0.kind {
            Kind::Postgres => json!({ "client": "pg", "connection": self.url() }),
            Kind::MySql => json!({ "client": "mysql2", "connection": self.url() }),
            Kind::Redis => json!({ "store": "redis", "connection": self.url() }),
        }
    }

    /// Whether a client gets a connection.
    pub async fn answers(&self) -> bool {
        let server = Arc::clone(&self.0);
        worker::run(move || async move { server.answers().await }).await
    }

    /// Stops it as an administrator does, and waits until it has ended. PostgreSQL closes its connections (its "fast"
    /// mode).
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub async fn stop(&self) {
        let server = Arc::clone(&self.0);
        worker::run(move || async move { server.stop().await })
            .await
            .unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// Kills it by SIGKILL, and returns when it is gone.
    ///
    /// # Panics
    ///
    /// When the system refuses.
    #[track_caller]
    pub fn kill(&self) {
        self.now(Signal::Kill);
    }

    /// Holds it up: it keeps its connections, the system takes new ones for it, and nothing is answered. For a server
    /// that is there and hangs.
    ///
    /// # Panics
    ///
    /// When it does not run.
    #[track_caller]
    pub fn freeze(&self) {
        self.now(Signal::Freeze);
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    ///
    /// # Panics
    ///
    /// When it does not run.
    #[track_caller]
    pub fn thaw(&self) {
        self.now(Signal::Thaw);
    }

    /// Starts it again at the same address, and waits until it answers. If it runs, it is only waited for.
    ///
    /// # Panics
    ///
    /// When it does not start: with the end of its log.
    pub async fn start(&self) {
        let server = Arc::clone(&self.0);
        worker::run(move || async move { server.start().await })
            .await
            .unwrap_or_else(|problem| panic!("{problem}"));
    }

    #[track_caller]
    fn now(&self, signal: Signal) {
        if let Err(problem) = self.0.signal(signal) {
            panic!("{problem}");
        }
    }
}
