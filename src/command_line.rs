//! What every backend understands on its command line.
//!
//! Data goes to standard output, reports go to standard error. Only this module and `main` print; a
//! library logs.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};
use greenroom_di_core::{Inputs, Running, StartError, StopHandle, StopReport};
use greenroom_services::config::ConfigArguments;
use greenroom_services::logger::ProcessLog;

use crate::Backend;
use crate::signals::Signals;

/// A backend made of plugins.
#[derive(Debug, Parser)]
#[command(disable_help_subcommand = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct Options {
    /// Read this configuration file; repeat it for more, later ones win [default: `app-config.yaml`,
    /// `app-config.local.yaml` and those of the environment]
    #[arg(long = "config", value_name = "FILE", global = true)]
    config: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, Subcommand)]
enum Command {
    /// Start every plugin and serve until SIGTERM or SIGINT; what is done without a command
    #[default]
    Serve,
    /// Work with the configuration
    #[command(subcommand, arg_required_else_help = true)]
    Config(ConfigCommand),
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum ConfigCommand {
    /// Read the configuration and check the settings of every plugin
    Check {
        /// Let keys that a plugin's settings do not know be mistakes, not warnings
        #[arg(long)]
        strict: bool,
    },
}

pub(crate) async fn run(backend: Backend, arguments: Vec<OsString>) -> ExitCode {
    let CommandLine { command, options } = match CommandLine::try_parse_from(arguments) {
        Ok(line) => line,
        Err(message) => {
            // A reader that has gone away does not change what the status should be.
            let _ = message.print();
            let asked = matches!(
                message.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            return if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            };
        }
    };
    let inputs = Inputs::new().with(ConfigArguments::files(options.config));
    match command.unwrap_or_default() {
        Command::Serve => serve(backend, inputs.with(ProcessLog)).await,
        Command::Config(ConfigCommand::Check { strict }) => {
            check_config(backend, inputs, strict).await
        }
    }
}

async fn serve(backend: Backend, inputs: Inputs) -> ExitCode {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => return fail(&format!("cannot listen for signals: {error}")),
    };
    let stop = StopHandle::new();
    let mut starting = std::pin::pin!(backend.start(inputs.with(stop.clone())));
    let mut asked = None;
    let started = tokio::select! {
        started = &mut starting => started,
        name = signals.next() => {
            asked = Some(name);
            stop.request();
            starting.await
        }
    };
    match started {
        Ok(running) => serve_until_stopped(running, signals, asked).await,
        Err(StartError::Interrupted) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string()),
    }
}

/// Serves until a signal comes, or somebody asks for the stop; `asked` is the signal that came while the
/// backend was still starting.
async fn serve_until_stopped(
    running: Running,
    mut signals: Signals,
    asked: Option<&'static str>,
) -> ExitCode {
    let dispatch = running.dispatch();
    let signal = match asked {
        Some(name) => Some(name),
        None => tokio::select! {
            () = running.stop_requested() => None,
            name = signals.next() => Some(name),
        },
    };
    tracing::dispatcher::with_default(
        &dispatch,
        || tracing::info!(target: "greenroom", signal, "Stopping"),
    );
    tokio::select! {
        report = running.stop() => status_of(&report),
        name = second_signal() => tracing::dispatcher::with_default(&dispatch, || {
            tracing::error!(target: "greenroom", signal = name, "Stopped at once by a second signal; requests may have been cut");
            ExitCode::FAILURE
        }),
    }
}

/// Waits for a signal that is more than an echo of the first: a supervisor may send one to the process and
/// one to its group.
async fn second_signal() -> &'static str {
    const ECHO: Duration = Duration::from_millis(500);
    tokio::time::sleep(ECHO).await;
    match Signals::listen() {
        Ok(mut signals) => signals.next().await,
        // It worked a moment ago; if it no longer does, the stop goes on without it.
        Err(_) => std::future::pending().await,
    }
}

fn status_of(report: &StopReport) -> ExitCode {
    if report.hung.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn check_config(backend: Backend, inputs: Inputs, strict: bool) -> ExitCode {
    let warnings = match backend.check_config(inputs).await {
        Ok(warnings) => warnings,
        Err(error) => return fail(&error.to_string()),
    };
    let label = if strict { "error" } else { "warning" };
    for warning in &warnings {
        report(&format!("{label}: {warning}"));
    }
    if strict && !warnings.is_empty() {
        return ExitCode::FAILURE;
    }
    let _ = writeln!(std::io::stdout(), "The configuration is valid.");
    ExitCode::SUCCESS
}

fn fail(message: &str) -> ExitCode {
    report(&format!("error: {message}"));
    ExitCode::FAILURE
}

fn report(message: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{message}");
}
