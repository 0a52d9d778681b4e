//! A directory for the files of one test.

use std::fs;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

/// A directory that is a test's own, and that is removed with this value.
///
/// ```
/// # use greenroom_test_kit::TestDirectory;
/// let directory = TestDirectory::new().file("docs/index.md", "# Shop\n");
/// assert_eq!(directory.read("docs/index.md"), "# Shop\n");
/// ```
#[derive(Debug)]
pub struct TestDirectory(TempDir);

impl TestDirectory {
    /// An empty directory.
    ///
    /// # Panics
    ///
    /// When the system makes none.
    #[must_use]
    #[track_caller]
    #[expect(
        clippy::new_without_default,
        reason = "it makes something outside of the program"
    )]
    pub fn new() -> Self {
        let made = tempfile::tempdir();
        Self(
            made.unwrap_or_else(|error| panic!("a directory for the test cannot be made: {error}")),
        )
    }

    /// Writes a file, with the directories above it.
    ///
    /// # Panics
    ///
    /// When the path leads out of the directory, or the file cannot be written.
    #[must_use]
    #[track_caller]
    pub fn file(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        let path = self.resolve(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, content));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Where the directory lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A path in the directory.
    ///
    /// # Panics
    ///
    /// When it leads out of the directory.
    #[must_use]
    #[track_caller]
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        let inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        assert!(
            inside,
            "`{}` leads out of the test's directory: name a path within it",
            path.display()
        );
        self.path().join(path)
    }

    /// The text of a file.
    ///
    /// # Panics
    ///
    /// When there is no such file, or it is no text.
    #[must_use]
    #[track_caller]
    pub fn read(&self, path: impl AsRef<Path>) -> String {
        let path = self.resolve(path);
        let text = fs::read_to_string(&path);
        text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}
