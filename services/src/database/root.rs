//! `core.rootDatabase`: what all plugins of a backend share.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use greenroom_di_core::lifecycle::Hook;
use greenroom_di_macros::service;
use opentelemetry::metrics::Meter;
use tokio::time::timeout;

use super::figures::Metrics;
use super::keys::DatabaseKeys;
use super::migrate::MigrationCommand;
use super::open::{Admin, Opened, open};
use super::service::PluginDatabase;
use super::settings::{DatabaseSettings, Engine, Place, Plan, Server, ServerOptions};
use super::shared::{SharedOptions, SharedPool};
use super::{Database, DatabaseClient, DatabaseError};
use crate::auth::KeyTable;
use crate::clock::{Clock, SystemClock};

/// How long the closing of connections may take, and what a command has left for the end.
const CLOSING: Duration = Duration::from_secs(30);
/// How long the connections of one pool are waited for.
const PARTING: Duration = Duration::from_secs(5);
/// How long a test waits for what a database in memory does.
const TEST: Duration = Duration::from_secs(10);
/// For a command that undoes migrations.
const UNDOING: Duration = Duration::from_secs(24 * 3600);

/// The databases of a backend. Plugins take [`Database`], which this makes for them.
///
/// It opens nothing before a plugin asks.
#[service(
    id = "core.rootDatabase",
    scope = "root",
    provided_by = "greenroom::services::root_database"
)]
pub struct RootDatabase(
    // Behind `dyn`, since every program knows this type, by its graph, and would be linked with all engines to drop it.
    Arc<dyn Shared>,
);

/// What is asked of the databases.
trait Shared: Send + Sync {
    fn for_plugin(self: Arc<Self>, plugin_id: &str) -> Database;
    fn keys(self: Arc<Self>) -> Arc<dyn KeyTable>;
    fn closing(self: Arc<Self>) -> Hook;
}

/// What is behind [`RootDatabase`].
pub(super) struct Databases {
    settings: DatabaseSettings,
    pub(super) clock: Clock,
    pub(super) command: Option<MigrationCommand>,
    admin: Admin,
    metrics: Metrics,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By server, user and database.
    pools: HashMap<String, SharedPool>,
    clients: Vec<DatabaseClient>,
    /// All who ask for a plugin's database share its pool.
    plugins: HashMap<String, Weak<PluginDatabase>>,
    /// Whose a file is that the configuration names for all plugins.
    files: HashMap<PathBuf, String>,
    is_closed: bool,
}

impl RootDatabase {
    pub(super) fn new(
        settings: DatabaseSettings,
        clock: Clock,
        meter: &Meter,
        command: Option<MigrationCommand>,
    ) -> Self {
        Self(Arc::new(Databases {
            settings,
            clock,
            command,
            admin: Admin::default(),
            metrics: Metrics::new(meter),
            state: Mutex::default(),
        }))
    }

    /// SQLite in memory for each plugin, for tests: a clock of tokio that is paused stays while it works. What waits for a
    /// connection has a deadline of ten seconds, by the clock on the wall.
    #[must_use]
    pub fn in_memory() -> Arc<Self> {
        Self::in_memory_for(TEST)
    }

    /// As [`in_memory`](Self::in_memory) makes one, on which nothing takes longer than this in the real world.
    pub(super) fn in_memory_for(limit: Duration) -> Arc<Self> {
        let settings = DatabaseSettings::in_memory(limit);
        let meter = opentelemetry::global::meter("greenroom");
        Arc::new(Self::new(settings, Arc::new(SystemClock), &meter, None))
    }

    /// The service of a plugin, the same one for all who ask while somebody has it.
    #[must_use]
    pub fn for_plugin(&self, plugin_id: &str) -> Database {
        Arc::clone(&self.0).for_plugin(plugin_id)
    }

    /// The keys of plugins, in their databases.
    pub(super) fn keys(&self) -> Arc<dyn KeyTable> {
        Arc::clone(&self.0).keys()
    }

    /// The work at the end of the backend.
    pub(super) fn closing(&self) -> Hook {
        Arc::clone(&self.0).closing()
    }
}

impl Shared for Databases {
    fn for_plugin(self: Arc<Self>, plugin_id: &str) -> Database {
        self.plugin(plugin_id)
    }

    fn keys(self: Arc<Self>) -> Arc<dyn KeyTable> {
        Arc::new(DatabaseKeys::new(self))
    }

    fn closing(self: Arc<Self>) -> Hook {
        let limit = match self.command {
            Some(_) => UNDOING,
            None => CLOSING,
        };
        Hook::new("close the databases", move || async move {
            if let Some(command) = &self.command {
                command.finish().await;
            }
            self.close().await;
            Ok(())
        })
        .deadline(limit)
    }
}

impl Databases {
    pub(super) fn plugin(self: Arc<Self>, plugin_id: &str) -> Arc<PluginDatabase> {
        let mut state = self.lock();
        let known = state.plugins.get(plugin_id).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let new = Arc::new(PluginDatabase::new(Arc::clone(&self), plugin_id));
            let weak = Arc::downgrade(&new);
            state.plugins.insert(plugin_id.to_owned(), weak);
            new
        })
    }

    pub(super) fn plan(&self, plugin: &str) -> Result<Plan, DatabaseError> {
        self.settings.plan(plugin).map_err(|mistakes| {
            let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            DatabaseError::Configuration(mistakes.join("\n"))
        })
    }

    pub(super) fn migration_patience(&self) -> Duration {
        self.settings.migration_lock_timeout()
    }

    pub(super) async fn open(&self, plugin: &str) -> Result<Opened, DatabaseError> {
        let plan = self.plan(plugin)?;
        self.claim(&plan)?;
        let opened = open(&plan, &self.admin, |server| self.pool(server)).await?;
        let is_late = {
            let mut state = self.lock();
            state.clients.push(opened.client.clone());
            state.is_closed
        };
        if is_late {
            opened.client.close().await;
            return Err(DatabaseError::Unusable(format!(
                "plugin `{plugin}`: the backend stops, so no database is opened any more"
            )));
        }
        self.metrics.watch(&opened.target);
        Ok(opened)
    }

    /// Lets one plugin alone have a file that is configured for all: else they would see each other's tables.
    fn claim(&self, plan: &Plan) -> Result<(), DatabaseError> {
        let Engine::Sqlite(Place::File {
            path,
            same_for_all: true,
        }) = &plan.engine
        else {
            return Ok(());
        };
        let mut state = self.lock();
        let owner = state
            .files
            .entry(path.clone())
            .or_insert_with(|| plan.plugin.clone());
        if *owner == plan.plugin {
            return Ok(());
        }
        Err(DatabaseError::Configuration(format!(
            "plugin `{}`: `backend.database.connection` names one file, {}, which plugin `{owner}` has; write `connection: {{ directory: … }}`, and each plugin has a file of its own in it",
            plan.plugin,
            path.display()
        )))
    }

    /// Who has this file, which is configured for all.
    pub(super) fn owner(&self, path: &Path) -> Option<String> {
        self.lock().files.get(path).cloned()
    }

    /// The pool of a server that plugins share.
    fn pool(&self, server: &Server) -> SharedPool {
        // Who has a connection of their own in the configuration may have other rights.
        let own = match (server.own_connection, &server.schema) {
            (true, Some(schema)) => schema.as_str(),
            _ => "",
        };
        let key = [&*server.address, &*server.user, &*server.database, own].join("\0");
        let mut state = self.lock();
        let pool = state.pools.entry(key).or_insert_with(|| {
            let ServerOptions::Postgres(connect) = &server.options else {
                unreachable!("the settings allow schemas on PostgreSQL alone");
            };
            SharedPool::new(SharedOptions {
                connect: connect.clone().database(&server.database),
                min: server.shared.min,
                max: server.shared.max,
                acquire_timeout: server.shared.acquire_timeout,
                idle_timeout: server.shared.idle_timeout,
            })
        });
        pool.clone()
    }

    async fn close(&self) {
        let (clients, pools) = {
            let mut state = self.lock();
            state.is_closed = true;
            let pools: Vec<SharedPool> = state.pools.drain().map(|(_, pool)| pool).collect();
            (std::mem::take(&mut state.clients), pools)
        };
        // Who still holds a connection when all plugins have stopped does not hold up the rest.
        let clients = clients
            .iter()
            .map(|client| timeout(PARTING, client.close()));
        let pools = pools.iter().map(SharedPool::close);
        futures_util::future::join(
            futures_util::future::join_all(clients),
            futures_util::future::join_all(pools),
        )
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RootDatabase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RootDatabase")
            .finish_non_exhaustive()
    }
}
