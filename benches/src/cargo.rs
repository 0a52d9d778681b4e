//! The workspace, and `cargo` runs in it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::BoxError;

/// The root of the workspace that this benchmark belongs to.
#[must_use]
pub fn workspace() -> &'static Path {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    benches.parent().unwrap_or(benches)
}

/// The `cargo` that runs this benchmark, in `directory`.
#[must_use]
pub fn command(directory: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(directory);
    command
}

/// The target directory that this benchmark was built into.
///
/// # Errors
///
/// When the path of the running program cannot be told.
pub fn target_directory() -> io::Result<PathBuf> {
    let executable = std::env::current_exe()?;
    let target = executable.ancestors().nth(2);
    target.map(Path::to_path_buf).ok_or_else(|| {
        io::Error::other("the benchmark does not lie in a target directory of cargo")
    })
}

/// Builds an example of the facade for release, and tells where it is.
///
/// # Errors
///
/// When it does not build.
pub fn example(name: &str) -> Result<PathBuf, BoxError> {
    let output = command(workspace())
        .args(["build", "--release", "--package", "greenroom"])
        .args(["--example", name, "--target-dir"])
        .arg(target_directory()?)
        .arg("--message-format=json-render-diagnostics")
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the example `{name}` does not build").into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let executable = messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_wanted = message["target"]["name"] == name;
        let executable = message["executable"].as_str().filter(|_| is_wanted);
        executable.map(PathBuf::from)
    });
    executable.ok_or_else(|| format!("cargo did not say where the example `{name}` is").into())
}
