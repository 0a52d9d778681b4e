//! `migrate`: the migrations of all plugins, seen and run without serving.
//!
//! Which there are is known where plugins ask for them. So the backend is started without listening, every plugin for
//! itself, and its database service does what the command says; when it has stopped, there is a report.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use greenroom_di_core::feature::Kind;
use greenroom_di_core::{Failure, Inputs, StartError};
use greenroom_services::database::{
    MigrationAction, MigrationCommand, MigrationReport, MigrationState,
};
use greenroom_services::root_http_router::NoListen;
use greenroom_services::startup_policy::EveryPluginForItself;
use serde_json::json;

use crate::Backend;
use crate::command_line::{fail, print};

#[derive(Debug, Subcommand)]
pub(crate) enum Migrate {
    /// Show which migrations are applied and which are pending; changes nothing
    Status {
        /// End with status 1 when something is pending
        #[arg(long)]
        exit_code: bool,

        #[command(flatten)]
        scope: Scope,
    },
    /// Apply what is pending
    Up {
        /// Only show what would be applied
        #[arg(long)]
        dry_run: bool,

        #[command(flatten)]
        scope: Scope,
    },
    /// Undo the newest migrations of each plugin, when all plugins have stopped
    Down {
        /// How many
        #[arg(long, value_name = "N", default_value_t = 1)]
        steps: u32,

        #[command(flatten)]
        scope: Scope,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// Only those of this plugin
    #[arg(long, value_name = "ID")]
    plugin: Option<String>,

    /// Write the report as JSON
    #[arg(long)]
    json: bool,
}

/// Does what the command says. `inputs` hold the configuration and the log.
pub(crate) async fn migrate(backend: Backend, inputs: Inputs, command: Migrate) -> ExitCode {
    let (action, scope, told) = match command {
        Migrate::Status { exit_code, scope } => (MigrationAction::Status, scope, exit_code),
        Migrate::Up {
            dry_run: true,
            scope,
        } => (MigrationAction::Status, scope, false),
        Migrate::Up { scope, .. } => (MigrationAction::Up, scope, false),
        Migrate::Down { steps, scope } => (MigrationAction::Down(steps), scope, false),
    };
    if let Some(id) = &scope.plugin
        && !has_plugin(&backend, id)
    {
        fail(&format!(
            "this backend has no plugin `{id}`; `features` lists them"
        ));
        return ExitCode::from(2);
    }
    let command = MigrationCommand::new(action, scope.plugin);
    let inputs = inputs
        .with(NoListen)
        .with(EveryPluginForItself)
        .with(command.clone());
    let failed = match backend.start(inputs).await {
        Ok(running) => {
            let failed = failures(&running.report().failures, &command.stopped());
            running.stop().await;
            failed
        }
        Err(StartError::Failed(report)) => failures(&report.failures, &command.stopped()),
        Err(error) => return fail(&error.to_string()),
    };
    let reports = command.reports();
    let text = match scope.json {
        true => format!("{:#}\n", as_json(&reports)),
        false if reports.is_empty() && !failed.is_empty() => String::new(),
        false => as_text(&reports),
    };
    let printed = print(&text);
    for failure in &failed {
        fail(failure);
    }
    let wrong = !failed.is_empty() || reports.iter().any(|report| report.error.is_some());
    let pending = told && reports.iter().any(has_pending);
    match wrong || pending {
        true => ExitCode::FAILURE,
        false => printed,
    }
}

fn has_plugin(backend: &Backend, id: &str) -> bool {
    let graph = backend.graph();
    graph
        .features()
        .any(|feature| feature.kind() == Kind::Plugin && feature.id() == id)
}

/// What failed beside the plugins of which the command needed no more.
fn failures(all: &[Failure], stopped: &BTreeSet<String>) -> Vec<String> {
    let is_stopped = |failure: &&Failure| {
        let plugin = failure.plugin.unwrap_or(&failure.id);
        !stopped.contains(plugin)
    };
    let real = all.iter().filter(is_stopped);
    real.map(ToString::to_string).collect()
}

fn has_pending(report: &MigrationReport) -> bool {
    let mut states = report.migrations.iter();
    states.any(|(_, state)| *state == MigrationState::Pending)
}

fn as_text(reports: &[MigrationReport]) -> String {
    if reports.is_empty() {
        return "No plugin has asked for migrations.\n".to_owned();
    }
    let mut text = String::new();
    for (at, report) in reports.iter().enumerate() {
        let gap = if at == 0 { "" } else { "\n" };
        let _ = writeln!(
            text,
            "{gap}plugin `{}`: {}, table `{}`",
            report.plugin, report.database, report.table
        );
        let width = report
            .migrations
            .iter()
            .map(|(name, _)| name.chars().count());
        let width = width.max().unwrap_or(0);
        for (name, state) in &report.migrations {
            let _ = writeln!(text, "  {name:width$}  {}", state.name());
        }
        if let Some(error) = &report.error {
            let _ = writeln!(text, "  error: {error}");
        }
    }
    text
}

fn as_json(reports: &[MigrationReport]) -> serde_json::Value {
    let reports = reports.iter().map(|report| {
        let migrations = report
            .migrations
            .iter()
            .map(|(name, state)| json!({ "name": name, "state": state.name() }));
        json!({
            "plugin": report.plugin,
            "database": report.database,
            "table": report.table,
            "migrations": migrations.collect::<Vec<_>>(),
            "error": report.error,
        })
    });
    json!({ "plugins": reports.collect::<Vec<_>>() })
}
