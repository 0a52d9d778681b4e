//! Where something stands in the source: the half of every wiring error that lets a reader go there.
//!
//! A place is plain constant data, so that it can be written by a macro, compared and printed while a
//! program compiles. It does not hold a `Location`: that one cannot be made from a token's span.

/// A position in a source file, with the package that it was compiled as a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The package, as `Cargo.toml` names it; empty when unknown.
    pub package: &'static str,
    /// The package's version; empty when unknown.
    pub version: &'static str,
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

impl Place {
    /// The place of the caller, for entries that are written down by a function call.
    #[track_caller]
    pub fn caller() -> Self {
        let caller = core::panic::Location::caller();
        Self {
            package: "",
            version: "",
            file: caller.file(),
            line: caller.line(),
            column: caller.column(),
        }
    }

    /// The same position in the same file of the same package.
    pub(crate) const fn is(&self, other: &Place) -> bool {
        self.line == other.line
            && self.column == other.column
            && same(self.file, other.file)
            && same(self.package, other.package)
            && same(self.version, other.version)
    }

    /// Where the path within the package begins, for a file of a crate outside the workspace: the
    /// compiler gives those an absolute path, which says nothing to a reader on another machine.
    ///
    /// That is after the last directory that carries the package's name, as in a registry, else at the
    /// last `src`, as in a checkout. A file that has neither is shown as it is.
    const fn within_package(&self) -> Option<usize> {
        let file = self.file.as_bytes();
        let package = self.package.as_bytes();
        if package.is_empty() || !is_absolute(file) {
            return None;
        }
        let mut directory = None;
        let mut sources = None;
        let mut at = 0;
        while at < file.len() {
            if is_separator(file[at]) {
                if starts_with(file, at + 1, package) {
                    let end = next_separator(file, at + 1 + package.len());
                    if end < file.len() {
                        directory = Some(end + 1);
                    }
                }
                if starts_with(file, at + 1, b"src") && next_separator(file, at + 4) == at + 4 {
                    sources = Some(at + 1);
                }
            }
            at += 1;
        }
        match directory {
            Some(_) => directory,
            None => sources,
        }
    }

    /// The place as it is shown: the package with its version, if the file is outside of the workspace, and
    /// the file, from where the package begins in that case.
    #[must_use]
    pub const fn shown(&self) -> (Option<(&'static str, &'static str)>, &'static str) {
        match self.within_package() {
            Some(from) => (
                Some((self.package, self.version)),
                self.file.split_at(from).1,
            ),
            None => (None, self.file),
        }
    }
}

pub(crate) const fn same(left: &str, right: &str) -> bool {
    left.len() == right.len() && starts_with(left.as_bytes(), 0, right.as_bytes())
}

const fn is_absolute(file: &[u8]) -> bool {
    !file.is_empty() && (file[0] == b'/' || (file.len() > 1 && file[1] == b':'))
}

const fn next_separator(file: &[u8], mut from: usize) -> usize {
    while from < file.len() && !is_separator(file[from]) {
        from += 1;
    }
    from
}

const fn is_separator(byte: u8) -> bool {
    byte == b'/' || byte == b'\\'
}

const fn starts_with(text: &[u8], from: usize, with: &[u8]) -> bool {
    let mut at = 0;
    while at < with.len() {
        if from + at >= text.len() || text[from + at] != with[at] {
            return false;
        }
        at += 1;
    }
    true
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (package, file) = self.shown();
        if let Some((name, version)) = package {
            write!(formatter, "{name}@{version} ")?;
        }
        formatter.write_str(file)?;
        write!(formatter, ":{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &'static str) -> Place {
        Place {
            package: "acme-todo",
            version: "1.2.0",
            file,
            line: 8,
            column: 5,
        }
    }

    #[test]
    fn a_file_of_the_workspace_is_shown_as_it_is() {
        assert_eq!(
            place("plugins/todo/src/lib.rs").to_string(),
            "plugins/todo/src/lib.rs:8:5"
        );
    }

    #[test]
    fn a_file_of_another_crate_is_shown_with_crate_and_version() {
        let registry = place("/home/jane/.cargo/registry/src/idx-1f/acme-todo-1.2.0/src/lib.rs");
        assert_eq!(registry.to_string(), "acme-todo@1.2.0 src/lib.rs:8:5");
        let windows = place("C:\\crates\\acme-todo\\src\\inner\\mod.rs");
        assert_eq!(
            windows.to_string(),
            "acme-todo@1.2.0 src\\inner\\mod.rs:8:5"
        );
    }

    #[test]
    fn a_file_of_a_checkout_is_shown_from_its_sources() {
        let checkout = place("/home/jane/.cargo/git/checkouts/mono-1f/ab12/crates/todo/src/a.rs");
        assert_eq!(checkout.to_string(), "acme-todo@1.2.0 src/a.rs:8:5");
        assert_eq!(
            place("/home/jane/one/main.rs").to_string(),
            "/home/jane/one/main.rs:8:5"
        );
    }
}
