//! What a test does without something that not every machine has: it is skipped, and says so where nobody can miss it.
//!
//! `GREENROOM_TEST_REQUIRE` lists, with commas, what has to be there: CI must not skip what it is there for.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::setup;

const REQUIRED: &str = "GREENROOM_TEST_REQUIRE";
const BACKSTAGE: &str = "backstage";

/// The npm project with a Backstage that can be started. Without one the test has nothing to do.
///
/// # Panics
///
/// When there is none and there has to be.
pub fn backstage() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/anchor/node");
        match setup::install(&project) {
            Ok(()) => Some(project),
            Err(reason) => {
                let skipped = "skipped: the tests beside a real Backstage";
                // The captured output of a test that passes is not shown, so this goes past the capture.
                let _ = writeln!(std::io::stderr(), "{skipped}: {reason}");
                None
            }
        }
    });
    let required = std::env::var(REQUIRED).unwrap_or_default();
    assert!(
        found.is_some() || !lists(&required, BACKSTAGE),
        "`{REQUIRED}` lists `{BACKSTAGE}`, and there is none: the line above says why"
    );
    found.as_deref()
}

fn lists(required: &str, name: &str) -> bool {
    required.split(',').any(|one| one.trim() == name)
}

#[test]
fn what_is_required_is_listed_with_commas() {
    assert!(lists("backstage", BACKSTAGE));
    assert!(lists("postgres, backstage,redis", BACKSTAGE));
    for without in ["", "postgres", "backstages"] {
        assert!(!lists(without, BACKSTAGE), "{without}");
    }
}
