//! The examples as programs, for tests that start them.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Where cargo puts an example: beside the directory of the test's own binary.
///
/// `cargo test --workspace` builds them all, but `cargo test --test integration` does not, and would leave old ones there.
/// They are built for the whole workspace, because the features of what they depend on are others for a package alone, and
/// everything would be compiled once more.
pub fn built(example: &str) -> PathBuf {
    static BUILT: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let test = std::env::current_exe().expect("the test knows where it is");
    let directory = test.parent().and_then(|deps| deps.parent());
    let directory = directory.expect("it lies in target/<profile>/deps");
    let directory = directory.join("examples");
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if built.get_or_insert_default().insert(example.to_owned()) {
        let mut parts = directory.components();
        let release = parts.any(|part| part.as_os_str() == "release");
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo told this test about its package would make build scripts run again, and all that depends on them.
        for (name, _) in std::env::vars_os() {
            let about_the_package = [
                "CARGO_MANIFEST_",
                "CARGO_PKG_",
                "CARGO_CRATE_",
                "CARGO_BIN_",
            ];
            let is_about = |name: &str| about_the_package.iter().any(|part| name.starts_with(part));
            if name.to_str().is_some_and(is_about) {
                cargo.env_remove(name);
            }
        }
        let status = cargo
            .args(["build", "--quiet", "--workspace", "--example"])
            .arg(example)
            .args(release.then_some("--release"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the example `{example}` does not build"
        );
    }
    directory
        .join(example)
        .with_extension(std::env::consts::EXE_EXTENSION)
}
