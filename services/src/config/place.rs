//! Where a value was written.
//!
//! Every value of the configuration carries its place from the parser to the error message, through
//! includes, merges and reads: a mistake that cannot be found in the file is half a mistake solved.
//! The source is shared by all places of one file, so a place costs a pointer and two numbers. This
//! module does not open files.

use std::fmt;
use std::sync::Arc;

/// What a value came out of.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A file, by the name that an operator would type.
    File(String),
    /// An `APP_CONFIG_…` variable of the environment, by its name.
    Variable(String),
    /// An option of the command line, by its name.
    Option(&'static str),
    /// The program itself, which built its configuration from a value.
    Program,
}

/// The place of a value: file, line and column, or the variable that it came from.
///
/// It prints as `app-config.yaml:4:11`. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    source: Arc<Source>,
    line: u32,
    column: u32,
}

impl Place {
    /// A place in `source`; line and column count from 1.
    pub(super) fn new(source: &Arc<Source>, line: usize, column: usize) -> Self {
        let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            source: Arc::clone(source),
            line: narrow(line),
            column: narrow(column),
        }
    }

    /// The beginning of `source`, for what belongs to it as a whole.
    pub(super) fn start(source: Source) -> Self {
        Self {
            source: Arc::new(source),
            line: 1,
            column: 1,
        }
    }

    /// The file's name as an operator would type it, or `None` when no file holds the value.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self.source.as_ref() {
            Source::File(name) => Some(name),
            Source::Variable(_) | Source::Option(_) | Source::Program => None,
        }
    }

    /// The line, counted from 1; 1 when no file holds the value.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column in characters, counted from 1; 1 when no file holds the value.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.column
    }

    /// The place with its preposition, as it stands in a sentence after a key.
    pub(super) fn phrase(&self) -> String {
        match self.source.as_ref() {
            Source::File(_) => format!("at {self}"),
            Source::Variable(_) | Source::Option(_) | Source::Program => format!("from {self}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source.as_ref() {
            Source::File(name) => write!(f, "{name}:{}:{}", self.line, self.column),
            Source::Variable(name) => write!(f, "the environment variable {name}"),
            Source::Option(name) => write!(f, "the option {name}"),
            Source::Program => f.write_str("the program's own values"),
        }
    }
}
