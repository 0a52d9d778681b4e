//! Where programs are.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where servers lie that are not in everybody's `PATH`.
const FOR_ADMINISTRATORS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/// The first of these that is installed.
pub(super) fn find(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| {
        let mut directories = directories();
        directories.find_map(|directory| program(&directory, name))
    })
}

/// The directories of `PATH`, and those of administrators.
pub(super) fn directories() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    path.into_iter()
        .chain(FOR_ADMINISTRATORS.map(PathBuf::from))
}

pub(super) fn program(directory: &Path, name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = directory.join(name.as_ref());
    path.is_file().then_some(path)
}
