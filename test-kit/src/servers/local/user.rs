//! Whom a server runs as. PostgreSQL and MySQL refuse root, whom tests in containers often run as.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

/// A user and its group.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The first of these users that there is, if the test runs as root; a folder that was just made tells.
pub(super) fn other_than_root(made: &Path, names: &[&str]) -> Result<Option<User>, String> {
    let made = std::fs::metadata(made).map_err(|error| error.to_string())?;
    if made.uid() != 0 {
        return Ok(None);
    }
    let user = names.iter().find_map(|name| {
        let (uid, gid) = (id("-u", name)?, id("-g", name)?);
        Some(User { uid, gid })
    });
    let names = names.join("` nor `");
    user.map(Some).ok_or_else(|| {
        format!("the server does not run as root, and there is neither a user `{names}`")
    })
}

fn id(what: &str, user: &str) -> Option<u32> {
    let output = Command::new("id").args([what, user]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
