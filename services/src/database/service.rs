//! `core.database` for one plugin.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use super::migrate::{self, Context};
use super::root::Databases;
use super::settings::Plan;
use super::target::Target;
use super::{DatabaseClient, DatabaseError, DatabaseService, Migrations};

type Opening = Shared<BoxFuture<'static, Result<Open, DatabaseError>>>;

#[derive(Clone)]
struct Open {
    client: DatabaseClient,
    target: Arc<Target>,
}

/// Opens the plugin's database when somebody asks for it first.
pub(super) struct PluginDatabase {
    root: Arc<Databases>,
    plugin: String,
    opened: OnceLock<Open>,
    /// All who ask while it is being opened get what that one try comes to.
    opening: Mutex<Option<Opening>>,
    /// One migrator of a plugin at a time.
    migrating: tokio::sync::Mutex<()>,
}

impl PluginDatabase {
    pub(super) fn new(root: Arc<Databases>, plugin: &str) -> Self {
        Self {
            root,
            plugin: plugin.to_owned(),
            opened: OnceLock::new(),
            opening: Mutex::new(None),
            migrating: tokio::sync::Mutex::default(),
        }
    }

    async fn open(&self) -> Result<Open, DatabaseError> {
        if let Some(open) = self.opened.get() {
            return Ok(open.clone());
        }
        let opening = {
            let mut opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
            opening.get_or_insert_with(|| self.begin()).clone()
        };
        let outcome = opening.clone().await;
        match &outcome {
            Ok(open) => {
                let _ = self.opened.set(open.clone());
            }
            // The next one tries again.
            Err(_) => {
                let mut current = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
                if current.as_ref().is_some_and(|known| known.ptr_eq(&opening)) {
                    *current = None;
                }
            }
        }
        outcome
    }

    /// In a task: who asked may go away, and others may wait.
    fn begin(&self) -> Opening {
        let (root, plugin) = (Arc::clone(&self.root), self.plugin.clone());
        let work = async move {
            let opened = root.open(&plugin).await?;
            Ok(Open {
                client: opened.client,
                target: opened.target,
            })
        };
        let task = tokio::spawn(work.in_current_span().with_current_subscriber());
        let plugin = self.plugin.clone();
        async move {
            task.await.unwrap_or_else(|error| {
                Err(DatabaseError::Unusable(format!(
                    "plugin `{plugin}`: the opening of its database ended early: {error}"
                )))
            })
        }
        .boxed()
        .shared()
    }

    /// What a command does for migrations that the plugin itself knows nothing of: its start goes on in any case.
    pub(super) async fn visit_aside(&self, migrations: Migrations) -> Result<(), DatabaseError> {
        let command = self.root.command.as_ref();
        let Some(command) = command.filter(|command| command.means(&self.plugin)) else {
            return Ok(());
        };
        let plan = self.root.plan(&self.plugin)?;
        let open = self.open().await?;
        let _turn = self.migrating.lock().await;
        let place = open.target.place.clone();
        let context = self.context(plan, open);
        command.act(context, migrations, place).await.map(drop)
    }

    fn context(&self, plan: Plan, open: Open) -> Context {
        Context {
            plan,
            client: open.client,
            clock: Arc::clone(&self.root.clock),
            patience: self.root.migration_patience(),
        }
    }
}

#[async_trait]
impl DatabaseService for PluginDatabase {
    async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
        Ok(self.open().await?.client)
    }

    async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError> {
        let plan = self.root.plan(&self.plugin)?;
        let command = self.root.command.as_ref();
        if plan.skip_migrations && command.is_none() {
            tracing::info!(
                plugin = self.plugin,
                "Migrations are skipped, as configured"
            );
            return Ok(());
        }
        let open = self.open().await?;
        let _turn = self.migrating.lock().await;
        let place = open.target.place.clone();
        let context = self.context(plan, open);
        match command {
            Some(command) => command.visit(context, migrations, place).await,
            None => migrate::up(&context, migrations).await.map(drop),
        }
    }
}
