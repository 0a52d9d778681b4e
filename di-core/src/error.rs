//! Why a backend could not be composed, or could not start.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::BoxError;
use crate::causes::{causes, error_chain};
use crate::name;
use crate::place::Place;
use crate::start::StartReport;
use crate::stop::StopReport;

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
    /// Features failed: the report has all of them, each with its cause.
    #[error("{}\n{}", failed(.0.failures.len()), indented(&.0.failures))]
    Failed(Box<StartReport>),
    /// A stop was asked for before the start was over; how that went.
    #[error("a stop was asked for before the start was over")]
    Interrupted(StopReport),
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

/// Something that failed, and what follows from it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// What failed: `plugin`, `module`, `service`, `decorator`, `hook` or `task`.
    pub kind: &'static str,
    /// Its id: of a decorator that of the service, of a hook or task its name.
    pub id: Cow<'static, str>,
    /// The plugin that it was built for or belongs to; none for a plugin itself and at the root.
    pub plugin: Option<&'static str>,
    /// Where its function stands; of a plugin's hook, where that of the plugin stands.
    pub place: Option<Place>,
    /// What went wrong.
    pub cause: Cause,
    /// The plugins that could not start because of it.
    pub stopped: Vec<&'static str>,
    /// The modules of `plugin` that could not start because of it.
    pub modules: Vec<&'static str>,
    /// Whether the policy lets the backend go on without what failed.
    pub tolerated: bool,
}

/// How something failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// Its function returned an error.
    Error(BoxError),
    /// Its function panicked; the message.
    Panic(String),
    /// It was given up after this time.
    Hung(Duration),
}

/// What went wrong in a unit, and in which part of it.
#[derive(Debug)]
pub(crate) struct Fault {
    /// A hook or task of a plugin, as its kind and name; none for the function of the unit itself.
    pub(crate) part: Option<(&'static str, Cow<'static, str>)>,
    pub(crate) cause: Cause,
}

impl From<Cause> for Fault {
    fn from(cause: Cause) -> Self {
        Self { part: None, cause }
    }
}

/// What an init returns as its error when it goes no further because nobody needs more of it: for a command that starts
/// a backend to look at something, and does not serve. It may be the source of another error. The plugin is not up, and
/// nor is what depends on it; but the log does not tell it as a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing went wrong: no more of it is needed")]
pub struct Enough;

impl Cause {
    /// Whether nothing failed: somebody had [`Enough`].
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let Self::Error(error) = self else {
            return false;
        };
        error_chain(&**error).any(|error| error.is::<Enough>())
    }

    /// What work came to that returned a result or panicked.
    pub(crate) fn of<T>(outcome: Result<Result<T, BoxError>, String>) -> Result<T, Self> {
        outcome.map_err(Cause::Panic)?.map_err(Cause::Error)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Panic(message) => write!(formatter, "it panicked: {message}"),
            Cause::Hung(limit) => write!(formatter, "it was not done after {limit:?}"),
            Cause::Error(error) => {
                write!(formatter, "{error}")?;
                causes(&**error).try_for_each(|cause| write!(formatter, "\n    caused by: {cause}"))
            }
        }
    }
}

impl Failure {
    /// What failed, as people know it.
    pub(crate) fn name(&self) -> Called<'_> {
        Called(self)
    }

    /// What does not run because of it, for people: the plugins and the modules that it takes down, else what
    /// failed itself.
    pub(crate) fn lost(&self) -> String {
        let modules = self.modules.iter().map(|module| match self.plugin {
            Some(plugin) => format!("module `{module}` of plugin `{plugin}`"),
            None => format!("module `{module}`"),
        });
        let plugins = self
            .stopped
            .iter()
            .map(|plugin| format!("plugin `{plugin}`"));
        let lost: Vec<String> = modules.chain(plugins).collect();
        match &*lost {
            [] => self.name().to_string(),
            lost => lost.join(", "),
        }
    }
}

/// What a failure is a failure of.
pub(crate) struct Called<'a>(&'a Failure);

impl fmt::Display for Called<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        name::write(formatter, self.0.kind, &self.0.id, self.0.plugin)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed: {}", self.name(), self.cause)?;
        if let Some(place) = self.place {
            write!(formatter, "\n    at {place}")?;
        }
        if self.modules.is_empty() && self.stopped.is_empty() {
            return Ok(());
        }
        write!(formatter, "\n    keeps from starting {}", self.lost())
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

/// Each item on lines of its own, two columns in.
pub(crate) fn indented<T: fmt::Display>(items: &[T]) -> String {
    let texts = items
        .iter()
        .map(|item| format!("  {}", item.to_string().replace('\n', "\n  ")));
    texts.collect::<Vec<_>>().join("\n")
}
