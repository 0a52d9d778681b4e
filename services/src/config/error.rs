//! What can be wrong with a configuration, and how it is told.
//!
//! A message names the key, the place, what was found and what was wanted, because those are the
//! four things that the reader needs to mend it without opening the program. Mistakes are
//! collected, and one report shows them all. Nothing here decides what is wrong, and no message
//! repeats a value that came from the environment, a `$file` or a [`Secret`](super::Secret).

use std::fmt;

use thiserror::Error;

use super::place::Place;

/// One mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key that has to be there is not.
    #[error("`{key}` is missing; {note}")]
    Missing {
        /// The whole key, from the root, with dots.
        key: String,
        /// Where the key would belong, and what took it away if something did.
        note: String,
    },
    /// A value has another kind, or lies outside of what is allowed.
    #[error("`{key}` {}: found {found}, wanted {wanted}", place.phrase())]
    Wrong {
        /// The whole key, from the root, with dots.
        key: String,
        /// Where the value was written.
        place: Place,
        /// What stands there; never the value itself if it may be a credential.
        found: String,
        /// What could stand there.
        wanted: String,
    },
    /// The type that reads the value refuses it with words of its own.
    #[error("`{key}` {}: {message}", place.phrase())]
    Refused {
        /// The whole key, from the root, with dots.
        key: String,
        /// Where the value was written.
        place: Place,
        /// What the type says.
        message: String,
    },
    /// A key that nobody reads, where that is not allowed.
    #[error(transparent)]
    Unknown(UnknownKey),
    /// A `$env`, `$file`, `$include` or `${…}` that cannot be followed.
    #[error("`{key}` at {place}: {message}")]
    Directive {
        /// The whole key, from the root, with dots.
        key: String,
        /// Where the directive was written.
        place: Place,
        /// What is wrong with it.
        message: String,
    },
    /// A file that is not YAML 1.2, or not an object at its root.
    #[error("{place}: {message}")]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What is wrong there.
        message: String,
    },
    /// A file that was named cannot be read.
    #[error("{file}: {message}")]
    File {
        /// The file's name, as it was given.
        file: String,
        /// Why it cannot be read.
        message: String,
    },
    /// An `APP_CONFIG_…` variable that does not fit into the configuration.
    #[error("the environment variable {variable}: {message}")]
    Variable {
        /// The variable's name.
        variable: String,
        /// What is wrong with it.
        message: String,
    },
}

impl ConfigError {
    /// The whole key that the mistake is about, if it is about one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Missing { key, .. }
            | Self::Wrong { key, .. }
            | Self::Refused { key, .. }
            | Self::Directive { key, .. } => Some(key),
            Self::Unknown(unknown) => Some(&unknown.key),
            Self::Syntax { .. } | Self::File { .. } | Self::Variable { .. } => None,
        }
    }

    /// Where the mistake was written, if it was written.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Wrong { place, .. }
            | Self::Refused { place, .. }
            | Self::Directive { place, .. }
            | Self::Syntax { place, .. } => Some(place),
            Self::Unknown(unknown) => Some(&unknown.place),
            Self::Missing { .. } | Self::File { .. } | Self::Variable { .. } => None,
        }
    }
}

/// A key that nobody reads: mostly a slip of the pen.
///
/// It prints as a sentence, with the key that was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownKey {
    /// The whole key, from the root, with dots.
    pub key: String,
    /// Where the key was written.
    pub place: Place,
    /// The known key that is nearest to it, without its parents, if one is near.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` {}: this key is not known",
            self.key,
            self.place.phrase()
        )?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownKey {}

/// All mistakes of a configuration at once; it prints as a report of one line each under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// Collects mistakes into one report, those of a file in the order of its lines, then the
    /// others.
    ///
    /// `None` if there are none.
    pub fn collect(errors: impl IntoIterator<Item = ConfigError>) -> Option<Self> {
        let mut errors: Vec<_> = errors.into_iter().collect();
        errors.sort_by(|a, b| match (a.place(), b.place()) {
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// The mistakes, in the order of the report.
    #[must_use]
    pub fn as_slice(&self) -> &[ConfigError] {
        &self.0
    }

    /// The mistakes, to be collected with others.
    #[must_use]
    pub fn into_vec(self) -> Vec<ConfigError> {
        self.0
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 mistake in the configuration:")?,
            count => write!(f, "{count} mistakes in the configuration:")?,
        }
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for ConfigErrors {}
