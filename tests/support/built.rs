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
        let status = Command::new(env!("CARGO"))
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
