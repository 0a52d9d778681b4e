//! A command on migrations, such as `migrate status`.
//!
//! Which migrations there are is known where plugins ask for them, in their inits. So a command starts the backend,
//! and each plugin's init comes to its `migrate`, where the database service does what the command says and keeps what
//! came of it. Where tables are missing then, the init goes no further. What undoes tables waits until the plugins
//! have stopped.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use greenroom_di_core::Enough;

use super::Context;
use super::history::History;
use crate::database::{DatabaseError, Migrations};

/// What to do with the migrations of a backend, among its inputs. Its clones are one.
#[derive(Clone)]
pub struct MigrationCommand(Arc<Shared>);

struct Shared {
    action: MigrationAction,
    plugin: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reports: Vec<MigrationReport>,
    stopped: BTreeSet<String>,
    later: Vec<Later>,
}

/// What is to be undone at the end. In a box, so that a program that has the command and no database has no engine in it
/// either: it would be linked to be dropped.
type Later = Box<dyn FnOnce() -> BoxFuture<'static, MigrationReport> + Send>;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrationAction {
    /// Nothing but looking.
    Status,
    /// What is missing is applied.
    Up,
    /// As many as these are undone, the newest first.
    Down(u32),
}

/// The migrations of one plugin in one table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrationReport {
    /// The plugin.
    pub plugin: String,
    /// The engine and the place of its database.
    pub database: String,
    /// The table that remembers them.
    pub table: String,
    /// In their order.
    pub migrations: Vec<(String, MigrationState)>,
    /// What went wrong.
    pub error: Option<String>,
}

/// How far a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrationState {
    /// It was applied before.
    Applied,
    /// It is not applied.
    Pending,
    /// It has been applied by this command.
    NowApplied,
    /// It has been undone by this command.
    NowUndone,
}

impl MigrationState {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::NowApplied => "now applied",
            Self::NowUndone => "now undone",
        }
    }
}

impl MigrationCommand {
    /// For every plugin, or for this one.
    #[must_use]
    pub fn new(action: MigrationAction, plugin: Option<String>) -> Self {
        Self(Arc::new(Shared {
            action,
            plugin,
            state: Mutex::default(),
        }))
    }

    /// What is done.
    pub(in crate::database) fn action(&self) -> MigrationAction {
        self.0.action
    }

    /// Whether it is for this plugin too.
    pub(in crate::database) fn means(&self, plugin: &str) -> bool {
        self.0.plugin.as_ref().is_none_or(|meant| meant == plugin)
    }

    /// What came of it, by plugin. All is there when the backend has stopped.
    #[must_use]
    pub fn reports(&self) -> Vec<MigrationReport> {
        let mut reports = self.lock().reports.clone();
        reports.sort_by(|one, other| (&one.plugin, &one.table).cmp(&(&other.plugin, &other.table)));
        reports
    }

    /// The plugins whose start went no further than needed: their failure is none.
    #[must_use]
    pub fn stopped(&self) -> BTreeSet<String> {
        self.lock().stopped.clone()
    }

    /// Does what is to be done for the migrations of a plugin, which goes no further where its tables are missing.
    pub(in crate::database) async fn visit(
        &self,
        context: Context,
        migrations: Migrations,
        database: String,
    ) -> Result<(), DatabaseError> {
        let plugin = context.plan.plugin.clone();
        if self.act(context, migrations, database).await? {
            return Ok(());
        }
        self.lock().stopped.insert(plugin);
        Err(DatabaseError::CommandDone(Enough))
    }

    /// Does what is to be done for migrations; says whether their tables are there now.
    pub(in crate::database) async fn act(
        &self,
        context: Context,
        migrations: Migrations,
        database: String,
    ) -> Result<bool, DatabaseError> {
        let plugin = context.plan.plugin.clone();
        let history = super::status(&context, migrations).await?;
        let mut report = report(&context, &history, migrations, database.clone());
        let is_complete = match history.pending() {
            Ok(pending) => pending.is_empty(),
            Err(error) => {
                report.error = Some(error.to_string());
                false
            }
        };
        match self.0.action {
            _ if !self.means(&plugin) => {}
            MigrationAction::Up if report.error.is_none() => {
                match super::up(&context, migrations).await {
                    Ok(done) => report.mark(&done, MigrationState::NowApplied),
                    Err(error) => {
                        report.error = Some(error.to_string());
                        self.lock().reports.push(report);
                        return Err(error);
                    }
                }
                self.lock().reports.push(report);
                return Ok(true);
            }
            MigrationAction::Down(steps)
                if report.error.is_none() && !migrations.is_of_a_service() =>
            {
                let undo = move || undo(context, migrations, database, steps).boxed();
                self.lock().later.push(Box::new(undo));
            }
            _ => self.lock().reports.push(report),
        }
        Ok(is_complete)
    }

    /// Does what had to wait until the plugins have stopped.
    pub(in crate::database) async fn finish(&self) {
        let later = std::mem::take(&mut self.lock().later);
        // What was asked for last may need what was asked for first.
        for undo in later.into_iter().rev() {
            let report = undo().await;
            self.lock().reports.push(report);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn undo(
    context: Context,
    migrations: Migrations,
    database: String,
    steps: u32,
) -> MigrationReport {
    let outcome = super::down(&context, migrations, steps).await;
    let mut report = match super::status(&context, migrations).await {
        Ok(history) => report(&context, &history, migrations, database),
        Err(error) => MigrationReport {
            plugin: context.plan.plugin.clone(),
            database,
            table: migrations.table(),
            migrations: Vec::new(),
            error: Some(error.to_string()),
        },
    };
    match outcome {
        Ok(done) => report.mark(&done, MigrationState::NowUndone),
        Err(error) => report.error = Some(error.to_string()),
    }
    report
}

fn report(
    context: &Context,
    history: &History,
    migrations: Migrations,
    database: String,
) -> MigrationReport {
    let states = history.known.iter().map(|name| {
        let state = match history.is_applied(name) {
            true => MigrationState::Applied,
            false => MigrationState::Pending,
        };
        (name.clone(), state)
    });
    MigrationReport {
        plugin: context.plan.plugin.clone(),
        database,
        table: migrations.table(),
        migrations: states.collect(),
        error: None,
    }
}

impl MigrationReport {
    fn mark(&mut self, names: &[String], state: MigrationState) {
        for (name, known) in &mut self.migrations {
            if names.contains(name) {
                *known = state;
            }
        }
    }
}

impl fmt::Debug for MigrationCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MigrationCommand")
            .field("action", &self.0.action)
            .field("plugin", &self.0.plugin)
            .finish_non_exhaustive()
    }
}
