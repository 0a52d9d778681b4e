//! `core.database` in tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use greenroom::database::{
    Database, DatabaseClient, DatabaseError, DatabaseService, Migrations, RootDatabase,
};

use crate::TestDouble;
use crate::refusals::Refusals;

/// A database in memory (SQLite) for each plugin, which lives as long as this value: a test can look into it, and what is
/// in it outlives a backend.
///
/// ```
/// # use greenroom::database::DatabaseService as _;
/// # use greenroom::database::sea_orm::ConnectionTrait as _;
/// # use greenroom_test_kit::mock_services::FakeDatabase;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let database = FakeDatabase::new();
/// let client = database.client().await.expect("it needs nothing");
/// client.execute_unprepared("CREATE TABLE tea (name TEXT)").await.expect("a table");
/// # }
/// ```
///
/// A paused clock stays while it works. For another engine, or for several connections at once, give the backend the
/// configuration of a `TestDatabase` and list `greenroom::services::database`.
#[derive(Debug)]
pub struct FakeDatabase {
    root: Arc<RootDatabase>,
    plugins: Mutex<HashMap<String, Plugin>>,
}

#[derive(Clone)]
struct Plugin(Database);

impl std::fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Plugin")
    }
}

impl FakeDatabase {
    /// Without a table.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            root: RootDatabase::in_memory(),
            plugins: Mutex::default(),
        })
    }

    /// The database of this plugin; where there is no backend the plugin is `test`.
    #[must_use]
    pub fn of(&self, plugin: &str) -> Database {
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let known = plugins
            .entry(plugin.to_owned())
            .or_insert_with(|| Plugin(self.root.for_plugin(plugin)));
        Arc::clone(&known.0)
    }
}

#[async_trait]
impl DatabaseService for FakeDatabase {
    async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
        self.of("test").client().await
    }

    async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError> {
        self.of("test").apply(migrations).await
    }
}

impl TestDouble for FakeDatabase {
    type Service = dyn DatabaseService;

    fn into_service(self: Arc<Self>) -> Database {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Database {
        self.of(plugin)
    }
}

/// Provides `core.database`: each plugin has a database in memory.
#[greenroom::service_factory]
pub fn fake_database(context: Arc<greenroom::PluginContext>) -> Database {
    RootDatabase::in_memory().for_plugin(context.id())
}

mockall::mock! {
    /// A mock of `core.database`.
    pub DatabaseService {}

    #[async_trait]
    impl DatabaseService for DatabaseService {
        async fn client(&self) -> Result<DatabaseClient, DatabaseError>;
        async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError>;
    }
}

/// Written by hand, since the methods are async.
const _: () = {
    struct Watched {
        mock: Arc<MockDatabaseService>,
        refusals: Refusals,
    }

    #[async_trait]
    impl DatabaseService for Watched {
        async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
            let call = async { self.mock.client().await };
            self.refusals.watch_async(call).await
        }

        async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError> {
            let call = async { self.mock.apply(migrations).await };
            self.refusals.watch_async(call).await
        }
    }

    __test_double! { MockDatabaseService, DatabaseService }
};
