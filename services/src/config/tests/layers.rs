//! Tests of which files and variables make up the configuration, and in which order.

use std::path::PathBuf;

use serde_json::json;

use super::{Dir, config, json};
use crate::config::{Config, ConfigArguments, Mode, RootConfigService, load};

#[test]
fn all_layers_in_their_order() {
    let dir = Dir::with(&[
        (
            "app-config.yaml",
            "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nlist: [1, 2]\n",
        ),
        (
            "app-config.prod.yaml",
            "b: 2\nc: 2\nd: 2\ne: 2\nlist: [3]\n",
        ),
        ("app-config.local.yaml", "c: 3\nd: 3\ne: 3\n"),
        ("app-config.prod.local.yaml", "d: 4\ne: 4\n"),
        ("app-config.other.yaml", "a: 9\n"),
    ]);
    let variables = [
        ("GREENROOM_ENV", "prod"),
        ("APP_CONFIG_e", "5"),
        ("APP_CONFIG_f_g", "x"),
    ];
    let config = dir.load(&variables).expect("it loads");
    let expected = json!({
        "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "list": [3], "f": { "g": "x" }
    });
    assert_eq!(json(&config), expected);
    assert_eq!(config.keys(), ["a", "b", "c", "d", "e", "list", "f"]);
    assert_eq!(config.files().len(), 4);
    assert_eq!(config.mode(), Mode::Production);
}

#[test]
fn an_option_of_the_command_line_wins_and_is_named() {
    let dir = Dir::with(&[("app-config.yaml", "backend: {role: web, a: 1}\n")]);
    let environment = dir.options(&[("APP_CONFIG_backend_role", "web")]);
    let arguments = ConfigArguments::files_in(Vec::new(), environment.environment);
    let arguments = arguments.with_option("--role", "backend.role", "worker");
    let options = arguments.into_options().expect("it is to be loaded");
    let config = load(options).expect("it loads").current();
    assert_eq!(
        json(&config),
        json!({"backend": {"role": "worker", "a": 1}})
    );
    let mistake = config.refusal("backend.role", "no").to_string();
    assert!(mistake.contains("from the option --role"), "{mistake}");
}

#[test]
fn named_files_in_their_order_and_nothing_else() {
    let dir = Dir::with(&[
        ("app-config.yaml", "never: 1\n"),
        ("x.yaml", "a: {b: 1, c: 1}\n"),
        ("sub/y.json", "{\"a\": {\"c\": 2}}"),
    ]);
    let mut options = dir.options(&[]);
    options.files = vec![PathBuf::from("x.yaml"), dir.path().join("sub/y.json")];
    let config = load(options).expect("it loads").current();
    assert_eq!(json(&config), json!({"a": {"b": 1, "c": 2}}));
}

#[test]
fn every_named_file_that_is_missing_is_told() {
    let dir = Dir::with(&[]);
    let mut options = dir.options(&[]);
    options.files = vec![PathBuf::from("x.yaml"), PathBuf::from("/nowhere/y.yaml")];
    assert_eq!(
        load(options).expect_err("they are missing").to_string(),
        "2 mistakes in the configuration:\n  \
         x.yaml: there is no such file\n  \
         /nowhere/y.yaml: there is no such file"
    );
}

#[test]
fn no_file_at_all_is_no_mistake() {
    let config = Dir::with(&[]).load(&[]).expect("it loads");
    assert_eq!(json(&config), json!({}));
    assert_eq!(
        config
            .get::<u16>("backend.listen.port")
            .expect_err("nothing is there")
            .to_string(),
        "`backend.listen.port` is missing; no configuration file was found; it belongs into \
         app-config.yaml"
    );
}

#[test]
fn empty_files_and_empty_sections_hold_nothing() {
    let dir = Dir::with(&[
        ("app-config.yaml", "# nothing yet\n"),
        ("app-config.local.yaml", "auth:\nbackend:\n  x: null\n"),
    ]);
    let config = dir.load(&[]).expect("it loads");
    assert_eq!(json(&config), json!({"backend": {}}));
    assert!(!config.has("auth") && config.has("backend") && !config.has("backend.x"));
}

#[test]
fn a_later_null_hides_and_a_later_value_counts() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a: {x: 1}\nb: {x: 1}\nc: text\n"),
        (
            "app-config.local.yaml",
            "a: null\nb: {x: null, y: 2}\nc: {z: 1}\n",
        ),
    ]);
    assert_eq!(
        json(&dir.load(&[]).expect("it loads")),
        json!({"b": {"y": 2}, "c": {"z": 1}})
    );
}

#[test]
fn a_value_keeps_the_place_of_its_own_layer() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a:\n  port: 1\n  host: x\n"),
        ("app-config.local.yaml", "# mine\na: {port: abc}\n"),
    ]);
    let config = dir.load(&[]).expect("it loads");
    assert_eq!(
        config
            .get::<u16>("a.port")
            .expect_err("it is no number")
            .to_string(),
        "`a.port` at app-config.local.yaml:2:11: found the text \"abc\", wanted a whole number from \
         0 to 65535"
    );
}

#[test]
fn the_mistakes_of_all_layers_are_told_together() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a: 1\na: 2\n"),
        ("app-config.local.yaml", "- a list\n"),
    ]);
    assert_eq!(
        dir.load(&[("APP_CONFIG_b__c", "hunter2")])
            .expect_err("all is wrong"),
        "3 mistakes in the configuration:\n  \
         app-config.local.yaml:1:1: found a list, wanted an object at the root of the file\n  \
         app-config.yaml:2:1: the key `a` stands here a second time; the first is at line 1\n  \
         the environment variable APP_CONFIG_b__c: `b..c` is no key; a part of a key begins with a \
         letter"
    );
}

#[test]
fn other_services_see_three_variables() {
    let dir = Dir::with(&[]);
    let variables = [
        ("LOG_LEVEL", "debug"),
        ("PASSWORD", "hunter2"),
        ("NODE_ENV", "development"),
    ];
    let config = dir.load(&variables).expect("it loads");
    assert_eq!(config.environment("LOG_LEVEL"), Some("debug"));
    assert_eq!(config.environment("NO_COLOR"), None);
    assert_eq!(config.environment("PASSWORD"), None);
    assert_eq!(config.mode(), Mode::Development);
}

#[test]
fn debug_shows_keys_only() {
    let shown = format!("{:?}", config("token: hunter2\n"));
    assert!(
        shown.contains("token") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert_eq!(Config::empty().keys(), [""; 0]);
}
