//! The panic hook. A process has one hook, so the test of it has a process of its own: other tests panic too.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::process::Command;

use serde_json::{Value, json};
use tracing::dispatcher::with_default;

use super::super::{RootLoggerService, panic_hook};
use super::root;

#[test]
fn a_panic_is_a_line_with_its_plugin() {
    let test = std::env::current_exe().expect("the test knows where it is");
    let alone = concat!(module_path!(), "::in_a_process_of_its_own");
    let (_, alone) = alone.split_once("::").expect("it begins with the crate");
    let mut command = Command::new(test);
    let output = command.args(["--ignored", "--exact", alone]).output();
    let output = output.expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

/// Run by the test above.
#[test]
#[ignore = "it takes the panic hook of the whole process"]
fn in_a_process_of_its_own() {
    struct Explosive;
    impl fmt::Debug for Explosive {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("while formatting")
        }
    }
    let (root, lines) = root(json!({}));
    let (other, other_lines) = super::root(json!({}));
    set_hook(panic_hook(root.dispatch()));
    let in_plugin = |dispatch: &tracing::Dispatch, work: fn()| {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            with_default(dispatch, || {
                let _span = tracing::info_span!("plugin", plugin = "example").entered();
                work();
            });
        }));
    };
    in_plugin(&root.dispatch(), || panic!("boom {}", 1));
    in_plugin(&root.dispatch(), || tracing::info!(value = ?Explosive));
    in_plugin(&other.dispatch(), || std::panic::panic_any(7));
    let _ = catch_unwind(|| panic!("outside"));
    // From here on a panic is a failure of this test, to be printed.
    drop(take_hook());

    let parse = |line: &String| serde_json::from_str::<Value>(line).expect("JSON");
    let lines: Vec<Value> = lines.all().iter().map(parse).collect();
    let own_thread = std::thread::current();
    let first = &lines[0];
    assert_eq!(first["level"], "error");
    assert_eq!(first["message"], "panicked: boom 1");
    assert_eq!(first["plugin"], "example");
    assert_eq!(first["type"], "panic");
    assert_eq!(first["thread"], own_thread.name().unwrap_or("unnamed"));
    let location = first["location"].as_str().expect("a location");
    assert!(location.contains("panics.rs:"), "{location}");
    assert_eq!(lines[1]["message"], "panicked: while formatting");
    assert_eq!(lines[1]["plugin"], "example");
    assert_eq!(lines[2]["message"], "panicked: outside");
    assert_eq!(lines[2]["plugin"], Value::Null);
    assert_eq!(lines.len(), 3);

    let other = parse(&other_lines.all()[0]);
    assert_eq!(other["message"], "panicked with a value that is no text");
    assert_eq!(other["plugin"], "example");
}
