//! The keys that replicas share, in each plugin's own database.
//!
//! Those by which plugins sign their tokens lie where Backstage's do, in its table and its formats: a Node replica of the
//! plugin and one of ours know each other. Those of users' tokens have a table of our own.
//!
//! A plugin's database is opened for its keys when the first one is needed, through the pool that the plugin has anyway. A
//! private key is in no table.

mod migration;
mod table;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use super::migrate::MigrationAction;
use super::root::Databases;
use super::service::PluginDatabase;
use super::settings::{Engine, Place};
use super::{DatabaseClient, DatabaseError, DatabaseService as _, Migrations};
use crate::auth::{KeyTable, KeyUse, SharedKey};

use table::Table;

/// The tables of all plugins.
pub(super) struct DatabaseKeys {
    databases: Arc<Databases>,
    /// Those that are open.
    open: Mutex<HashMap<(String, KeyUse), Open>>,
}

#[derive(Clone)]
struct Open {
    client: DatabaseClient,
    /// Without it the plugin would get another pool.
    _database: Arc<PluginDatabase>,
}

fn migrations(of: KeyUse) -> Migrations {
    match of {
        KeyUse::Plugin => Migrations::of::<migration::PluginKeys>(),
        KeyUse::User => Migrations::of::<migration::UserKeys>(),
    }
}

impl DatabaseKeys {
    pub(super) fn new(databases: Arc<Databases>) -> Self {
        Self {
            databases,
            open: Mutex::default(),
        }
    }

    /// The table, which is made when it is needed first. In a task: who asked may give up, and a migration goes on.
    async fn table(&self, plugin_id: &str, of: KeyUse) -> Result<Table, DatabaseError> {
        let key = (plugin_id.to_owned(), of);
        let known = self.lock().get(&key).cloned();
        let open = match known {
            Some(open) => open,
            None => {
                let database = Arc::clone(&self.databases).plugin(plugin_id);
                let is_undone = self.is_undone();
                let opening = async move {
                    if !is_undone {
                        database.apply(migrations(of)).await?;
                    }
                    Ok::<_, DatabaseError>(Open {
                        client: database.client().await?,
                        _database: database,
                    })
                };
                let task = tokio::spawn(opening.in_current_span().with_current_subscriber());
                let open = task.await.unwrap_or_else(|error| {
                    Err(DatabaseError::Unusable(format!(
                        "plugin `{plugin_id}`: the opening of its table of keys ended early: {error}"
                    )))
                })?;
                self.lock().entry(key).or_insert(open).clone()
            }
        };
        Ok(Table::new(plugin_id, of, open.client))
    }

    /// Whether a command undoes migrations. It leaves these alone: no plugin has asked for them.
    fn is_undone(&self) -> bool {
        let command = self.databases.command.as_ref();
        command.is_some_and(|command| matches!(command.action(), MigrationAction::Down(_)))
    }

    /// Says what to do if nobody was allowed to make the table.
    fn explain(&self, plugin_id: &str, error: sea_orm::DbErr) -> BoxError {
        let plan = self.databases.plan(plugin_id);
        match plan.is_ok_and(|plan| plan.skip_migrations) {
            false => error.into(),
            true => format!(
                "{error}; if the table is missing, run `migrate up`, since `skipMigrations` leaves it to that"
            )
            .into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(String, KeyUse), Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyTable for DatabaseKeys {
    fn keeps(&self, plugin_id: &str) -> bool {
        match self.databases.plan(plugin_id).map(|plan| plan.engine) {
            Ok(Engine::Sqlite(Place::Memory)) => false,
            // Keys are no reason to take the file away from the one plugin that can have it.
            Ok(Engine::Sqlite(Place::File {
                path,
                same_for_all: true,
            })) => self.databases.owner(&path).as_deref() == Some(plugin_id),
            // A configuration that is wrong is told when the database is opened.
            Ok(_) | Err(_) => true,
        }
    }

    async fn prepare(&self, plugin_id: &str, of: KeyUse) -> Result<(), BoxError> {
        if self.databases.command.is_some() && !self.is_undone() {
            let database = Arc::clone(&self.databases).plugin(plugin_id);
            database.visit_aside(migrations(of)).await?;
        }
        Ok(())
    }

    async fn add(&self, plugin_id: &str, of: KeyUse, key: &SharedKey) -> Result<(), BoxError> {
        let table = self.table(plugin_id, of).await?;
        let added = table.add(key).await;
        added.map_err(|error| self.explain(plugin_id, error))
    }

    async fn keys(
        &self,
        plugin_id: &str,
        of: KeyUse,
        now: SystemTime,
    ) -> Result<Vec<SharedKey>, BoxError> {
        let table = self.table(plugin_id, of).await?;
        let keys = table.keys(now).await;
        keys.map_err(|error| self.explain(plugin_id, error))
    }
}

#[cfg(test)]
mod tests;
