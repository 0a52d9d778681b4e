//! Reads files and remembers what they were like when they were read.
//!
//! A stamp is taken of everything that was asked for, also of what does not exist yet, and always
//! *before* reading, so that a save between the two is seen as a change later. That makes the set of
//! files to watch a by-product of loading: an include cannot be forgotten.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What tells two states of a file apart without reading it.
///
/// An editor that replaces the file by another makes a new inode even if it keeps time and length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

/// The state of a file at a time; `None` if there was none.
pub(super) type Stamps = BTreeMap<PathBuf, Option<Stamp>>;

/// The files that one load asked for.
#[derive(Default)]
pub(super) struct Files {
    stamps: Stamps,
}

impl Files {
    /// Whether there is a file at `path`.
    pub(super) fn exists(&mut self, path: &Path) -> bool {
        self.stamp(path).is_some()
    }

    /// The text of the file at `path`.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<String> {
        self.stamp(path);
        std::fs::read_to_string(path)
    }

    /// The state of every file that was asked for, as it was then.
    pub(super) fn into_stamps(self) -> Stamps {
        self.stamps
    }

    fn stamp(&mut self, path: &Path) -> Option<&Stamp> {
        self.stamps
            .entry(path.to_owned())
            .or_insert_with(|| stamp(path))
            .as_ref()
    }
}

/// The state of the same files now.
pub(super) fn again(stamps: &Stamps) -> Stamps {
    stamps
        .keys()
        .map(|path| (path.clone(), stamp(path)))
        .collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?;
    Some(Stamp {
        modified: metadata.modified().ok(),
        length: metadata.len(),
        inode: inode(&metadata),
    })
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}

/// The name of a file for messages: what an operator in `directory` would type.
pub(super) fn name(path: &Path, directory: &Path) -> String {
    path.strip_prefix(directory)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Why a file could not be read, in words.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::InvalidData => "the file is not UTF-8".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}
