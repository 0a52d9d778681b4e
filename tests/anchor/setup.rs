//! Sets the Backstage up that greenroom is tested and measured beside: the packages that `node/package-lock.json`
//! names, from the npm registry into `node/node_modules`, which git ignores.
//!
//! It is Rust and no shell script because of the lock: test runners start several processes at once, and on every
//! system one of them has to install while the others wait. What is installed is known by a copy of the lock file, the
//! last thing that is written, so that a set-up that was broken off is done anew and a complete one costs nothing.
//!
//! No script of any package runs, and nothing is fetched but packages: nothing is compiled, and nothing comes from
//! elsewhere.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

/// What the packages ask for.
const OLDEST_NODE: u32 = 20;

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Installs the packages of this npm project, unless they are there.
///
/// # Errors
///
/// Why that cannot be done, and what to do about it.
pub fn install(project: &Path) -> Result<(), String> {
    let version = printed("node")?;
    if major(&version).is_none_or(|major| major < OLDEST_NODE) {
        return Err(format!(
            "`node` is {version}, and Backstage needs Node.js {OLDEST_NODE} or newer: install that, with npm"
        ));
    }
    let failed =
        |what: &str, error: std::io::Error| format!("{what} in tests/anchor/node: {error}");

    let lock = File::create(project.join(".setup.lock"));
    let lock = lock.map_err(|error| failed("the lock of the set-up cannot be written", error))?;
    // It ends with the file, and so with the process too.
    lock.lock()
        .map_err(|error| failed("the lock of the set-up cannot be had", error))?;

    let wanted = fs::read(project.join("package-lock.json"))
        .map_err(|error| failed("package-lock.json cannot be read", error))?;
    let stamp = project.join("node_modules").join(".set-up");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    printed(NPM)?;
    npm_ci(project)?;
    fs::write(&stamp, wanted).map_err(|error| failed("the packages cannot be marked", error))
}

fn npm_ci(project: &Path) -> Result<(), String> {
    let mut npm = Command::new(NPM);
    npm.arg("ci").current_dir(project).stdin(Stdio::null());
    let output = npm
        .output()
        .map_err(|error| format!("`npm` cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let errors = told.lines().filter(|line| line.starts_with("npm error"));
    let errors: Vec<&str> = errors.take(4).collect();
    Err(format!(
        "`npm ci` failed in tests/anchor/node, which needs the npm registry once: {}",
        errors.join("; ")
    ))
}

/// The version of a program.
fn printed(program: &str) -> Result<String, String> {
    let missing = || {
        format!("`{program}` is not installed: install Node.js {OLDEST_NODE} or newer, with npm")
    };
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|_| missing())?;
    if !output.status.success() {
        return Err(missing());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn major(version: &str) -> Option<u32> {
    let number = version.trim_start_matches('v');
    number.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_node_is_read() {
        for (version, read) in [
            ("v20.20.2", Some(20)),
            ("v8.1.0", Some(8)),
            ("24", Some(24)),
            ("", None),
            ("unknown", None),
        ] {
            assert_eq!(major(version), read, "{version}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = printed("no-such-program-of-greenroom").expect_err("there is none");
        assert!(told.contains("`no-such-program-of-greenroom` is not installed"));
        assert!(told.contains("install Node.js"));
    }
}
