//! The backend as a program: the container's backend, with a command line and signals.

use std::ffi::OsString;
use std::process::ExitCode;

use greenroom_di_core::graph::Graph;
use greenroom_di_core::{Entry, Inputs, Running, StartError, WiringError};

use crate::command_line;

/// A composed backend, ready to run.
///
/// [`backend!`](crate::backend!) makes one that was checked while the program compiled;
/// [`Backend::compose`] makes one of features that are picked at run time.
#[derive(Debug)]
#[must_use = "a backend does nothing until it is run or started"]
pub struct Backend {
    inner: greenroom_di_core::Backend,
}

impl Backend {
    pub(crate) const fn checked(graph: Graph<'static>) -> Self {
        Self {
            inner: greenroom_di_core::Backend::checked(graph),
        }
    }

    /// Composes a backend of features that are picked at run time, with the same check and the same
    /// reports as [`backend!`](crate::backend!).
    ///
    /// ```
    /// use greenroom::{Backend, Entry};
    /// # use greenroom::prelude::*;
    /// # #[backend_plugin(id = "example")] async fn plugin(_logger: Logger) {}
    ///
    /// let mistakes = Backend::compose(&[Entry::of::<plugin>()]).unwrap_err();
    /// assert!(mistakes.to_string().contains("GR0001: no factory provides `core.logger`"));
    /// assert!(Backend::compose(&[Entry::of::<greenroom::defaults>(), Entry::of::<plugin>()]).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// [`WiringError`] with a report for each wrong entry.
    pub fn compose(entries: &[Entry]) -> Result<Self, WiringError> {
        Ok(Self {
            inner: greenroom_di_core::Backend::compose(entries)?,
        })
    }

    /// The graph of the backend: what depends on what.
    #[must_use]
    pub fn graph(&self) -> Graph<'_> {
        self.inner.graph()
    }

    /// Runs the backend as the program that it is: reads the command line, starts, serves until SIGTERM
    /// or SIGINT, stops, and gives the exit status.
    ///
    /// The status is 0 after a clean stop, 1 when the start failed, a hook hung, a background task ended the
    /// backend or a second signal cut the stop short, 2 for a mistake on the command line. `--help` lists the commands and options.
    pub async fn run(self) -> ExitCode {
        self.run_with(std::env::args_os()).await
    }

    /// As [`run`](Self::run), with these arguments; the first is the program's name.
    pub async fn run_with(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        command_line::run(self, arguments.into_iter().collect()).await
    }

    /// Starts the backend inside a program that has its own command line and signals. It configures
    /// itself as if no `--config` was given, unless the inputs hold
    /// [`ConfigArguments`](crate::config::ConfigArguments).
    ///
    /// # Errors
    ///
    /// [`StartError`] says what failed; what had started is stopped by then.
    pub async fn start(self, inputs: Inputs) -> Result<Running, StartError> {
        self.inner.start(inputs).await
    }

    /// Reads and checks the configuration, without starting anything else. Gives the warnings.
    ///
    /// # Errors
    ///
    /// [`StartError::Settings`] with all mistakes, or [`StartError::Failed`] when the configuration cannot
    /// be read.
    pub async fn check_config(self, inputs: Inputs) -> Result<Vec<String>, StartError> {
        self.inner.check_derivations(inputs).await
    }
}
