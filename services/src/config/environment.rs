//! What the process was given from outside: variables, working directory, own path.
//!
//! It is a value, taken once, so that a test brings its own and nothing else in the program asks
//! the process: an override is then visible in one place. The rest of the program sees the few
//! variables of [`READABLE`], through [`Config::environment`](super::Config::environment).

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The variables that other services may read: those whose meaning is agreed beyond this program.
///
/// `LOG_LEVEL` and `LOG_FORMAT` win over the configuration; `NO_COLOR` is the custom of
/// <https://no-color.org>.
pub const READABLE: [&str; 3] = ["LOG_LEVEL", "LOG_FORMAT", "NO_COLOR"];

/// What the program is run for.
///
/// `GREENROOM_ENV` says so, else `NODE_ENV`, so that one deployment can hold both kinds of backend.
/// Everything but the word `development` means production: a typing error must not open a door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Conveniences that a client can see are on.
    Development,
    /// The default: what an attacker could use is off.
    #[default]
    Production,
}

/// A snapshot of what the process was given from outside.
///
/// `Debug` shows the names of the variables, never their values.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    directory: PathBuf,
    executable: Option<PathBuf>,
}

impl Environment {
    /// What this process was given, as it is now. Variables that are not Unicode are left out.
    #[must_use]
    pub fn from_process() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            variables: std::env::vars_os().filter_map(unicode).collect(),
            directory: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            executable: std::env::current_exe().ok(),
        }
    }

    /// No variables, and `directory` as the working directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            ..Self::default()
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets the path of the running program.
    #[must_use]
    pub fn with_executable(mut self, path: impl Into<PathBuf>) -> Self {
        self.executable = Some(path.into());
        self
    }

    /// What the program is run for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self
            .non_empty("GREENROOM_ENV")
            .or_else(|| self.non_empty("NODE_ENV"))
        {
            Some("development") => Mode::Development,
            _ => Mode::Production,
        }
    }

    /// The working directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn executable(&self) -> Option<&Path> {
        self.executable.as_deref()
    }

    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A variable without surrounding white space; one that is empty counts as not set.
    pub(super) fn non_empty(&self, name: &str) -> Option<&str> {
        self.variable(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    /// All variables whose names begin with `prefix`, by name, with what follows the prefix.
    pub(super) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.variables
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value.as_str())))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("directory", &self.directory)
            .field("executable", &self.executable)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(variables: &[(&str, &str)]) -> Mode {
        let empty = Environment::new("/");
        variables
            .iter()
            .fold(empty, |all, (name, value)| all.with_variable(*name, *value))
            .mode()
    }

    #[test]
    fn only_the_word_development_is_development() {
        assert_eq!(mode(&[]), Mode::Production);
        assert_eq!(mode(&[("NODE_ENV", "development")]), Mode::Development);
        assert_eq!(mode(&[("GREENROOM_ENV", "development")]), Mode::Development);
        assert_eq!(mode(&[("NODE_ENV", "Development")]), Mode::Production);
        assert_eq!(mode(&[("NODE_ENV", "test")]), Mode::Production);
    }

    #[test]
    fn the_own_variable_wins_unless_it_is_empty() {
        let node = ("NODE_ENV", "development");
        assert_eq!(
            mode(&[node, ("GREENROOM_ENV", "staging")]),
            Mode::Production
        );
        assert_eq!(mode(&[node, ("GREENROOM_ENV", "")]), Mode::Development);
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = Environment::new("/").with_variable("TOKEN", "hunter2");
        let shown = format!("{environment:?}");
        assert!(
            shown.contains("TOKEN") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
