//! Where an entity was found, so that a mistake can be told where it can be mended.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// What is wrong with a member of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The member, such as `metadata.tags[0]`.
    pub path: String,
    /// What is wrong with it, and what is wanted.
    pub message: String,
}

impl Mistake {
    /// A mistake in this member.
    #[must_use]
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}

/// Where an entity came from, and on which line each of its members stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    source: String,
    lines: BTreeMap<String, usize>,
}

impl Origin {
    /// Something that has no lines: a program, or another service.
    #[must_use]
    pub fn new(source: impl Into<String>) -> Self {
        Self::with_lines(source, BTreeMap::new())
    }

    /// A file: the lines by the paths of the members. The path of the whole is empty.
    #[must_use]
    pub fn with_lines(source: impl Into<String>, lines: BTreeMap<String, usize>) -> Self {
        let source = source.into();
        Self { source, lines }
    }

    /// The place of a member, or of the nearest member around it that has a line: `file.yaml:12`.
    #[must_use]
    pub fn place(&self, path: &str) -> String {
        let mut rest = path;
        loop {
            if let Some(line) = self.lines.get(rest) {
                return format!("{}:{line}", self.source);
            }
            if rest.is_empty() {
                return self.source.clone();
            }
            rest = &rest[..rest.rfind(['.', '[']).unwrap_or(0)];
        }
    }

    /// The report of a mistake in what came from here.
    #[must_use]
    pub fn error(&self, mistake: &Mistake) -> CatalogError {
        let message = match mistake.path.as_str() {
            "" => mistake.message.clone(),
            path => format!("`{path}`: {}", mistake.message),
        };
        CatalogError::new(self.place(&mistake.path), message)
    }
}

/// Something that a provider found and the catalog does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CatalogError {
    /// Where it can be mended: `file.yaml:12`.
    pub place: String,
    /// What is wrong, and what is wanted.
    pub message: String,
}

impl CatalogError {
    /// An error at this place.
    #[must_use]
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_line_is_told_by_what_is_around_it() {
        let lines = [("", 1), ("metadata", 3), ("metadata.tags[1]", 6)];
        let lines = lines.map(|(path, line)| (path.to_owned(), line));
        let origin = Origin::with_lines("a.yaml", lines.into());
        assert_eq!(origin.place("metadata.tags[1]"), "a.yaml:6");
        assert_eq!(origin.place("metadata.tags[0]"), "a.yaml:3");
        assert_eq!(origin.place("metadata.labels.a/b"), "a.yaml:3");
        assert_eq!(origin.place("spec"), "a.yaml:1");
        assert_eq!(Origin::new("a program").place("spec.owner"), "a program");
    }
}
