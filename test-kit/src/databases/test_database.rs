//! A database that is a test's own.

use std::panic::Location;
use std::sync::Arc;

use serde_json::{Value, json};
use url::Url;

use super::{Engine, on_server, unique};
use crate::TestDirectory;
use crate::servers::{Kind, shared, worker};

/// A fresh database of one test, gone when this value is dropped. Keep it until the backends that use it have stopped.
///
/// PostgreSQL and MySQL come from the URL in `GREENROOM_TEST_POSTGRES_URL` or `GREENROOM_TEST_MYSQL_URL`, else from
/// a server that is installed and started for the tests of this process, else from a container. SQLite is always here.
///
/// ```
/// # use greenroom_test_kit::{Engine, TestDatabase};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// for database in TestDatabase::each().await {
///     println!("{}: {}", database.engine(), database.config());
/// }
///
/// // `None`: there is no PostgreSQL here, which was said on standard error.
/// let Some(database) = TestDatabase::create(Engine::Postgres).await else { return };
/// assert_eq!(database.config()["client"], "pg");
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    engine: Engine,
    url: String,
    config: Value,
    // Dropped with it.
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Memory,
    Directory(#[expect(dead_code, reason = "it is removed when it is dropped")] TestDirectory),
    Server(#[expect(dead_code, reason = "it cleans up when it is dropped")] OnServer),
}

#[derive(Debug)]
struct OnServer {
    kind: Kind,
    server: Arc<Url>,
    name: String,
}

impl TestDatabase {
    /// A fresh database of this engine; `None` and a word on standard error when there is none.
    ///
    /// # Panics
    ///
    /// When there is none and `GREENROOM_TEST_REQUIRE` names it, and when a server that is there makes none.
    #[track_caller]
    pub fn create(engine: Engine) -> impl Future<Output = Option<Self>> + Send {
        Self::create_for(engine, Location::caller())
    }

    /// A fresh database of every engine that is here; those that are not are named on standard error.
    ///
    /// # Panics
    ///
    /// When one is missing that `GREENROOM_TEST_REQUIRE` names, and when a server that is there makes none.
    #[track_caller]
    pub fn each() -> impl Future<Output = Vec<Self>> + Send {
        let caller = Location::caller();
        async move {
            let mut databases = Vec::new();
            for engine in Engine::ALL {
                databases.extend(Self::create_for(engine, caller).await);
            }
            databases
        }
    }

    async fn create_for(engine: Engine, caller: &'static Location<'static>) -> Option<Self> {
        let Some(kind) = engine.server() else {
            return Some(Self::sqlite(engine));
        };
        match shared(kind).await {
            Ok(server) => Some(Self::on_server(engine, kind, server).await),
            Err(why) => {
                kind.requirement().missing_at(caller, why);
                None
            }
        }
    }

    fn sqlite(engine: Engine) -> Self {
        if engine == Engine::SqliteMemory {
            return Self {
                engine,
                url: "sqlite::memory:".to_owned(),
                config: json!({ "client": "better-sqlite3", "connection": ":memory:" }),
                _place: Place::Memory,
            };
        }
        let directory = TestDirectory::new();
        let file = directory.resolve("test.sqlite");
        Self {
            engine,
            url: format!("sqlite://{}?mode=rwc", file.display()),
            config: json!({
                "client": "better-sqlite3",
                "connection": { "directory": directory.path() },
            }),
            _place: Place::Directory(directory),
        }
    }

    async fn on_server(engine: Engine, kind: Kind, server: Arc<Url>) -> Self {
        let place = OnServer {
            kind,
            server,
            name: unique(),
        };
        let (server, name) = (Arc::clone(&place.server), place.name.clone());
        let made =
            worker::run(
                move || async move { on_server::create(kind, server.as_str(), &name).await },
            );
        if let Err(error) = made.await {
            panic!("{engine} makes no database for the test: {error}");
        }
        let mut url = (*place.server).clone();
        url.set_path(&place.name);
        let client = match kind {
            Kind::MySql => "mysql2",
            Kind::Postgres | Kind::Redis => "pg",
        };
        Self {
            engine,
            config: json!({
                "client": client,
                "connection": url.as_str(),
                "prefix": format!("{}_", place.name),
            }),
            url: url.into(),
            _place: Place::Server(place),
        }
    }

    /// Its engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// What stands under `backend.database` for a backend that uses it: the client, the connection, and for servers
    /// the prefix of the names of databases, so that no backend of another test has the same.
    #[must_use]
    pub fn config(&self) -> Value {
        self.config.clone()
    }

    /// The URL of an empty database, for a bare client. In a backend each plugin has another beside it, unless
    /// `pluginDivisionMode` is `schema`. In memory, every connection has its own.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        let Self { kind, server, name } = self;
        // The server of the kit goes with the process and all databases in it; one that somebody named and that is
        // away by now keeps them.
        let _ = worker::run_now(|| on_server::drop_all(*kind, server.as_str(), name));
    }
}
