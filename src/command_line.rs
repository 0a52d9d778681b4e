//! What every backend understands on its command line.
//!
//! Data goes to standard output, reports go to standard error. Only this module and `main` print; a
//! library logs.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use greenroom_di_core::{Inputs, StartError};
use greenroom_services::config::ConfigArguments;
use greenroom_services::logger::{ProcessLog, Sink};
use greenroom_services::role::Role;
use greenroom_services::root_http_router::NoListen;

use crate::Backend;
use crate::migrate::{Migrate, migrate};
use crate::serve::{check, serve};
use crate::tools::{self, ConfigFormat, GraphFormat, Printed, Question};

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

    /// Only answer requests, or only work in the background [default: both]
    #[arg(long, value_name = "ROLE", value_enum, global = true)]
    role: Option<RoleOption>,
}

impl Options {
    /// Where the configuration comes from.
    fn config_arguments(&self) -> ConfigArguments {
        let arguments = ConfigArguments::files(self.config.clone());
        match self.role {
            None => arguments,
            Some(role) => arguments.with_option("--role", Role::KEY, role.word()),
        }
    }
}

/// What `--role` takes: the words of `backend.role`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleOption {
    /// Answers requests, and leaves queues and global tasks to others
    Web,
    /// Works in the background, and answers for its health alone
    Worker,
}

impl RoleOption {
    fn word(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Worker => "worker",
        }
    }
}

#[derive(Debug, Default, Subcommand)]
enum Command {
    /// Start every plugin and serve until SIGTERM or SIGINT; what is done without a command
    #[default]
    Serve,
    /// Start every plugin without listening, report how the start went, and stop
    Check,
    /// Show how the backend is wired: what takes what, and where; no configuration is needed
    Graph(GraphArguments),
    /// List the plugins, modules, factories and decorators that the backend is made of
    Features,
    /// Work with the configuration
    #[command(subcommand, arg_required_else_help = true)]
    Config(ConfigCommand),
    /// Show, apply or undo the migrations of the plugins' databases
    #[command(subcommand, arg_required_else_help = true)]
    Migrate(Migrate),
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum ConfigCommand {
    /// Read the configuration and check the settings of every plugin that is not switched off
    Check {
        /// Let keys that a plugin's settings do not know be mistakes, not warnings
        #[arg(long)]
        strict: bool,
    },
    /// Show the configuration that holds in the end, each value with its place, secrets hidden
    Print {
        /// How it is written
        #[arg(long, value_enum, default_value_t)]
        format: ConfigFormat,
    },
    /// Show the JSON Schema of all that the backend reads; no configuration is needed
    Schema,
}

#[derive(Debug, Args)]
struct GraphArguments {
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: GraphFormat,

    /// Show the shortest ways to a service, plugin, module or extension point from all that run in any case
    #[arg(long, value_name = "ID", conflicts_with = "unused")]
    why: Option<String>,

    /// Show what is listed and not used, and what replaces it
    #[arg(long)]
    unused: bool,
}

impl GraphArguments {
    fn question(&self) -> Question<'_> {
        match &self.why {
            Some(id) => Question::Why(id),
            None if self.unused => Question::Unused,
            None => Question::All,
        }
    }
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
    let inputs = || Inputs::new().with(options.config_arguments());
    match command.unwrap_or_default() {
        Command::Serve => serve(backend, inputs().with(ProcessLog)).await,
        Command::Check => {
            // Whoever looks whether it starts does not want it to send the emails that are waiting.
            let config = options.config_arguments();
            let config = config.with_option("check", Role::KEY, RoleOption::Web.word());
            let inputs = Inputs::new().with(config);
            let inputs = inputs.with(ProcessLog).with(Sink::stderr());
            check(backend, inputs.with(NoListen)).await
        }
        Command::Graph(arguments) => graph(&backend, &arguments),
        Command::Features => print(&tools::features(&backend.graph())),
        Command::Config(ConfigCommand::Check { strict }) => {
            check_config(backend, inputs(), strict).await
        }
        Command::Config(ConfigCommand::Print { format }) => {
            print_config(backend, inputs, format).await
        }
        Command::Migrate(command) => {
            let inputs = inputs().with(ProcessLog).with(Sink::stderr());
            migrate(backend, inputs, command).await
        }
        Command::Config(ConfigCommand::Schema) => {
            print(&format!("{:#}\n", tools::config_schema(&backend.graph())))
        }
    }
}

fn graph(backend: &Backend, arguments: &GraphArguments) -> ExitCode {
    match tools::graph(&backend.graph(), arguments.format, arguments.question()) {
        Ok(text) => print(&text),
        Err(unknown) => {
            report(&format!("error: {unknown}"));
            ExitCode::from(2)
        }
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
    print("The configuration is valid.\n")
}

/// Shows the configuration, and then the mistakes in it: who looks for one wants to see both.
async fn print_config(
    backend: Backend,
    inputs: impl Fn() -> Inputs,
    format: ConfigFormat,
) -> ExitCode {
    let printed = Printed::of(&backend.graph());
    let checked = backend.check_config(inputs()).await;
    match &checked {
        Ok(_) | Err(StartError::Settings { .. }) => {}
        Err(error) => return fail(&error.to_string()),
    }
    let status = match tools::print_config(printed, inputs(), format).await {
        Ok(text) => print(&text),
        Err(message) => return fail(&message),
    };
    match checked {
        Ok(warnings) => {
            for warning in &warnings {
                report(&format!("warning: {warning}"));
            }
            status
        }
        Err(error) => fail(&error.to_string()),
    }
}

/// Writes data to standard output. A reader that has seen enough and gone away is no failure.
pub(crate) fn print(text: &str) -> ExitCode {
    let mut output = io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot write to standard output: {error}")),
    }
}

/// Reports why the program ends without success.
pub(crate) fn fail(message: &str) -> ExitCode {
    report(&format!("error: {message}"));
    ExitCode::FAILURE
}

fn report(message: &str) {
    // Nobody is left to be told when standard error is closed.
    let _ = writeln!(io::stderr(), "{message}");
}
