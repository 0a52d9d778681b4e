//! The exact text of lines.

use serde_json::json;

use super::super::{Fields, Level, RootLoggerService, plugin_logger};
use super::root;

fn fields(value: serde_json::Value) -> Fields {
    value.as_object().expect("an object").clone()
}

#[test]
fn json_of_a_plugin_and_of_a_root_service() {
    let (root, lines) = root(json!({ "meta": { "region": "eu", "z": 1 } }));
    plugin_logger(&root, "example")
        .info_with("ready", json!({ "z": 2, "a": [1, null], "level": "x" }));
    root.logger(fields(json!({ "service": "rootHttpRouter" })))
        .warn("Listening on :7007");
    root.logger(Fields::new()).error("a\nb\u{1b}[31m\"");
    assert_eq!(
        lines.all(),
        [
            r#"{"timestamp":"2026-11-22T10:38:29.798Z","level":"info","message":"ready","plugin":"example","service":"backstage","a":[1,null],"field.level":"x","region":"eu","z":2}"#,
            r#"{"timestamp":"2026-11-22T10:38:29.798Z","level":"warn","message":"Listening on :7007","service":"rootHttpRouter","region":"eu","z":1}"#,
            r#"{"timestamp":"2026-11-22T10:38:29.798Z","level":"error","message":"a\nb\u001b[31m\"","service":"backstage","region":"eu","z":1}"#,
        ]
    );
}

#[test]
fn text_of_a_plugin_and_of_a_root_service() {
    let (root, lines) = root(json!({ "format": "text" }));
    let plugin = plugin_logger(&root, "example");
    plugin.info_with(
        "ready",
        json!({ "n": 1, "s": "word", "t": "two words", "e": "", "o": { "k": "v" }, "b": true }),
    );
    root.logger(fields(json!({ "service": "rootHttpRouter" })))
        .error("down");
    plugin
        .child(fields(json!({ "service": "shop" })))
        .warn("other");
    assert_eq!(
        lines.all(),
        [
            r#"2026-11-22T10:38:29.798Z info  example ready b=true e="" n=1 o={"k":"v"} s=word t="two words""#,
            "2026-11-22T10:38:29.798Z error rootHttpRouter down",
            "2026-11-22T10:38:29.798Z warn  example other service=shop",
        ]
    );
}

#[test]
fn nothing_in_text_forges_a_line_or_reaches_the_terminal() {
    let (root, lines) = root(json!({ "format": "text" }));
    plugin_logger(&root, "ex\x1bample").info_with(
        "one\r\ntwo\x1b[2J\n2026-11-22T10:38:29.798Z info  admin forged\u{202e}\u{9b}",
        json!({ "a": "x\ny", "b\nc": "\x1b[31m", "d": "u=1" }),
    );
    assert_eq!(
        lines.all(),
        [concat!(
            r#"2026-11-22T10:38:29.798Z info  "ex\u001bample" one"#,
            "\n    two\\u{1b}[2J",
            "\n    2026-11-22T10:38:29.798Z info  admin forged\\u{202e}\\u{9b}",
            r#" a="x\ny" "b\nc"="\u001b[31m" d="u=1""#,
        )]
    );
}

#[test]
fn a_stack_keeps_its_lines_indented() {
    let (root, lines) = root(json!({ "format": "text" }));
    plugin_logger(&root, "a").error_with("failed", json!({ "stack": "f\n  g\n", "z": 1 }));
    assert_eq!(
        lines.all(),
        ["2026-11-22T10:38:29.798Z error a failed z=1\n    stack\n    f\n      g"]
    );
}

#[test]
fn children_win_over_parents_and_calls_over_children() {
    let (root, lines) = root(json!({}));
    let parent = root.logger(fields(json!({ "a": 1, "b": 1, "c": 1 })));
    let child = parent.child(fields(json!({ "b": 2, "c": 2 })));
    child.log(Level::Info, "m", &fields(json!({ "c": 3 })));
    assert!(lines.all()[0].ends_with(r#""service":"backstage","a":1,"b":2,"c":3}"#));
}
