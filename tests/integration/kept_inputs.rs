//! The inputs that the fuzz targets keep, run through the same properties as there: those that once found something
//! among them. `fuzz/README.md` says how to look for more.

#[path = "../../fuzz/src/config.rs"]
mod config;
#[path = "../../fuzz/src/path_to_regexp.rs"]
mod path_to_regexp;
#[path = "../../fuzz/src/policies.rs"]
mod policies;
#[path = "../../fuzz/src/tokens.rs"]
mod tokens;

use std::path::Path;

/// Calls `check` with every input of a target, by its name in case that it panics.
fn replay(target: &str, check: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let inputs = std::fs::read_dir(&directory).expect("the inputs are kept");
    let mut count = 0;
    for input in inputs {
        let input = input.expect("the directory can be read").path();
        let data = std::fs::read(&input).expect("an input can be read");
        let outcome = std::panic::catch_unwind(|| check(&data));
        assert!(outcome.is_ok(), "see above: {}", input.display());
        count += 1;
    }
    assert!(count > 5, "{} holds {count} inputs", directory.display());
}

#[test]
fn of_configuration_files() {
    replay("config", config::check);
}

#[test]
fn of_path_policies() {
    replay("policies", policies::check);
}

#[test]
fn of_tokens() {
    replay("tokens", tokens::check);
}
