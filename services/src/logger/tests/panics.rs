//! The panic hook. A process has one hook, so one test looks at all of it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use serde_json::{Value, json};
use tracing::dispatcher::with_default;

use super::super::{RootLoggerService, panic_hook};
use super::root;

#[test]
fn a_panic_is_a_line_with_its_plugin() {
    struct Explosive;
    impl fmt::Debug for Explosive {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("while formatting")
        }
    }
    let (root, lines) = root(json!({}));
    let (other, other_lines) = super::root(json!({}));
    let before = take_hook();
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
    set_hook(before);

    let parse = |line: &String| serde_json::from_str::<Value>(line).expect("JSON");
    let own_thread = std::thread::current();
    let mut lines: Vec<Value> = lines.all().iter().map(parse).collect();
    // Other tests of this process may panic meanwhile; their lines are not ours to judge.
    lines.retain(|line| line["thread"] == own_thread.name().unwrap_or("unnamed"));
    let first = &lines[0];
    assert_eq!(first["level"], "error");
    assert_eq!(first["message"], "panicked: boom 1");
    assert_eq!(first["plugin"], "example");
    assert_eq!(first["type"], "panic");
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
