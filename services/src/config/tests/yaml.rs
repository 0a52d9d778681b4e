//! Tests of the parser: places, and what YAML 1.2 is and is not.

use std::fmt::Write;
use std::sync::Arc;

use crate::config::place::Source;
use crate::config::tree::{Entry, Node, Value};
use crate::config::yaml::parse;
use serde_json::json;

fn tree(text: &str) -> Result<Node, String> {
    let source = Arc::new(Source::File("a.yaml".into()));
    parse(text, &source).map_err(|error| error.to_string())
}

fn parsed(text: &str) -> Node {
    tree(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn error(text: &str) -> String {
    tree(text).err().expect("it is refused")
}

fn entry<'a>(node: &'a Node, key: &str) -> &'a Entry {
    match &node.value {
        Value::Map(map) => &map[key],
        _ => panic!("not an object"),
    }
}

#[test]
fn values_and_keys_know_their_places() {
    let root = parsed("a:\n  b: 12\n  c:\n    - x\n    - {d: yes}\n");
    assert_eq!(
        root.to_json(),
        json!({"a": {"b": 12, "c": ["x", {"d": "yes"}]}})
    );
    let a = entry(&root, "a");
    let b = entry(&a.node, "b");
    assert_eq!(b.key_place.to_string(), "a.yaml:2:3");
    assert_eq!(b.node.place.to_string(), "a.yaml:2:6");
    let Value::List(items) = &entry(&a.node, "c").node.value else {
        panic!("not a list")
    };
    assert_eq!(items[0].place.to_string(), "a.yaml:4:7");
    assert_eq!(entry(&items[1], "d").node.place.to_string(), "a.yaml:5:11");
}

#[test]
fn an_empty_file_is_nothing() {
    for text in ["", "\u{feff}", "# only a comment\n", "---\n", "---\n...\n"] {
        assert_eq!(parsed(text).to_json(), json!(null), "{text:?}");
    }
}

#[test]
fn json_is_yaml() {
    let root = parsed("{\"a\": [1, \"2\", null], \"b\": {\"c\": true}}");
    assert_eq!(
        root.to_json(),
        json!({"a": [1, "2", null], "b": {"c": true}})
    );
}

#[test]
fn a_repeated_key_is_an_error() {
    assert_eq!(
        error("a: 1\nb: 2\na: 3\n"),
        "a.yaml:3:1: the key `a` stands here a second time; the first is at line 1"
    );
}

#[test]
fn a_merge_key_is_a_plain_key() {
    let root = parsed("x: &x {a: 1}\ny:\n  <<: *x\n  b: 2\n");
    assert_eq!(
        root.to_json(),
        json!({"x": {"a": 1}, "y": {"<<": {"a": 1}, "b": 2}})
    );
}

#[test]
fn quotes_and_tags_decide() {
    let root = parsed("a: '12'\nb: !!str 12\nc: |\n  12\n");
    assert_eq!(root.to_json(), json!({"a": "12", "b": "12", "c": "12\n"}));
    assert!(error("a: !secret x\n").contains("the tag `!secret` has no meaning"));
    assert!(error("a: !!set {x}\n").starts_with("a.yaml:1:"));
}

#[test]
fn what_no_configuration_is() {
    assert!(error("a: 1\n---\nb: 2\n").contains("a second document"));
    assert!(error("? [a]\n: 1\n").contains("a key has to be a plain text"));
    assert!(error("a: [1\n").contains("this is not YAML"));
    assert!(
        error(&format!("{}{}", "[".repeat(150), "]".repeat(150))).contains("nested too deeply")
    );
    assert!(tree(&"[".repeat(50_000)).is_err());
}

#[test]
fn a_place_is_on_the_line_that_it_names() {
    // Nine characters, of which the parser says after the end of the line that one cannot be printed.
    let told = error("%\u{2}pro\u{fefd}$f\0\nep\n");
    assert!(told.contains("a.yaml:1:10: this is not YAML"), "{told}");
}

#[test]
fn aliases_cannot_fill_the_memory() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").expect("a text can be written to");
    }
    assert!(error(&text).contains("repeat too many values"));
}
