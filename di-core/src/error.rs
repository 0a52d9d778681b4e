//! Why a backend could not be composed, or could not start.

use std::error::Error;
use std::fmt;

use crate::BoxError;
use crate::place::Place;

/// The mistakes in the wiring of a backend that was composed at run time. A backend written with
/// `backend!` has none: there they are compile errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiringError {
    reports: Vec<Report>,
}

/// What is wrong with one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The entry, as written.
    pub entry: &'static str,
    /// Where the entry stands.
    pub place: Place,
    /// The report, in the words that the compiler would show.
    pub text: String,
}

impl WiringError {
    pub(crate) fn new(reports: Vec<Report>) -> Self {
        Self { reports }
    }

    /// The reports, one for each wrong entry, in the order of the entries.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }
}

impl fmt::Display for WiringError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the backend is not wired:")?;
        for Report { entry, place, text } in &self.reports {
            write!(formatter, "\n\n{text}\n  --> entry `{entry}` at {place}")?;
        }
        Ok(())
    }
}

impl Error for WiringError {}

/// Why a backend did not start. By then, what had started is stopped again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The settings that the features read are wrong: all mistakes, before anything was started.
    #[error("the configuration is wrong: {}\n{}{}", counted(.mistakes.len()), indented(.mistakes), also(.warnings))]
    Settings {
        /// What keeps the backend from starting.
        mistakes: Vec<BoxError>,
        /// What else was noticed, such as keys that nothing reads.
        warnings: Vec<String>,
    },
    /// Features failed: all of them, each with its cause.
    #[error("{}\n{}", failed(.0.len()), indented(.0))]
    Failed(Vec<Failure>),
    /// A stop was asked for before the start was over.
    #[error("a stop was asked for before the start was over")]
    Interrupted,
    /// Two copies of a service's declaration met, which no constant could tell apart.
    #[error(
        "GR0013: two copies of `{id}` are in this program: parameter `{parameter}` at {place} asks \
         for another copy than the one that is provided (`cargo tree --duplicates` may show which)"
    )]
    Types {
        /// The service's id.
        id: &'static str,
        /// The parameter that asks for it.
        parameter: &'static str,
        /// Where the parameter stands.
        place: Place,
    },
}

/// A feature that failed to start.
#[derive(Debug)]
pub struct Failure {
    /// What failed: `plugin` or `service`.
    pub kind: &'static str,
    /// Its id.
    pub id: &'static str,
    /// The plugin that it was built for; none for a plugin itself and for a root service.
    pub plugin: Option<&'static str>,
    /// Where its function stands.
    pub place: Place,
    /// What went wrong.
    pub cause: Cause,
    /// The plugins that could not start because of it.
    pub stopped: Vec<&'static str>,
}

/// How a feature failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// Its function returned an error.
    Error(BoxError),
    /// Its function panicked; the message.
    Panic(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Panic(message) => write!(formatter, "it panicked: {message}"),
            Cause::Error(error) => {
                write!(formatter, "{error}")?;
                let mut source = error.source();
                while let Some(cause) = source {
                    write!(formatter, "\n    caused by: {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} `{}`", self.kind, self.id)?;
        if let Some(plugin) = self.plugin {
            write!(formatter, " for plugin `{plugin}`")?;
        }
        write!(formatter, " failed: {}\n    at {}", self.cause, self.place)?;
        if !self.stopped.is_empty() {
            write!(
                formatter,
                "\n    needed by plugin `{}`",
                self.stopped.join("`, `")
            )?;
        }
        Ok(())
    }
}

fn also(warnings: &[String]) -> String {
    let lines = warnings
        .iter()
        .map(|warning| format!("\n  warning: {warning}"));
    lines.collect()
}

fn counted(count: usize) -> String {
    format!("{count} mistake{}", if count == 1 { "" } else { "s" })
}

fn failed(count: usize) -> String {
    match count {
        1 => "the backend could not start:".to_owned(),
        _ => format!("the backend could not start, {count} features failed:"),
    }
}

fn indented<T: fmt::Display>(items: &[T]) -> String {
    let texts = items
        .iter()
        .map(|item| format!("  {}", item.to_string().replace('\n', "\n  ")));
    texts.collect::<Vec<_>>().join("\n")
}
