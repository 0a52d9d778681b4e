//! What `config print` shows, and what it must not.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::Dir;
use crate::config::place::Source;
use crate::config::{Config, ConfigSchema, RootConfigService as _, Secret, Shown, load, yaml};

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only the schema is of interest")]
enum Access {
    Open,
    Guarded { phrase: Secret<String> },
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of interest")]
struct Shop {
    name: String,
    access: Vec<Access>,
    numbers: std::collections::BTreeMap<String, Secret<u16>>,
    whole: Option<Secret<Whole>>,
    #[serde(flatten)]
    more: More,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of interest")]
struct More {
    flat: Secret<String>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of interest")]
struct Whole {
    inner: String,
}

fn schema() -> Json {
    let mut schema = ConfigSchema::new();
    schema.add_section::<Shop>("shop");
    schema.finish()
}

#[test]
fn what_a_settings_type_calls_a_secret_is_hidden_wherever_it_lies() {
    let config = Config::from_json(json!({ "shop": {
        "name": "Ada's",
        "access": [{ "kind": "open" }, { "kind": "guarded", "phrase": "hunter2" }],
        "numbers": { "first": 4711 },
        "whole": { "inner": "hunter2" },
        "flat": "hunter2",
    }}));
    let shown = Shown::of(&config, &schema());
    assert_eq!(
        shown.to_json()["shop"],
        json!({
            "name": "Ada's",
            "access": [{ "kind": "open" }, { "kind": "guarded", "phrase": "<hidden>" }],
            "numbers": { "first": "<hidden>" },
            "whole": "<hidden>",
            "flat": "<hidden>",
        })
    );
    let yaml = shown.to_yaml();
    assert!(
        !yaml.contains("hunter2") && !yaml.contains("4711"),
        "{yaml}"
    );
}

#[test]
fn what_came_from_outside_is_hidden_and_every_value_has_its_place() {
    let files = [
        (
            "app-config.yaml",
            "shop:\n  name: ${NAME}\n  motto: Hello, ${NAME}!\n  list: [1, { a: b }]\nempty: {}\n",
        ),
        (
            "app-config.local.yaml",
            "shop:\n  file: { $file: note.txt }\n  apiKey: plain\n",
        ),
        ("note.txt", "hunter2"),
    ];
    let dir = Dir::with(&files);
    let variables = [
        ("NAME", "hunter2"),
        ("APP_CONFIG_shop_extra", r#"{"deep": "hunter2"}"#),
    ];
    let config = load(dir.options(&variables))
        .expect("it can be read")
        .current();
    let yaml = Shown::of(&config, &schema()).to_yaml();
    assert_eq!(
        yaml,
        "\
shop:
  name: <hidden>  # app-config.yaml:2:9, hidden: it came from outside the files
  motto: <hidden>  # app-config.yaml:3:10, hidden: it came from outside the files
  list:
    - 1  # app-config.yaml:4:10
    - a: b  # app-config.yaml:4:18
  file: <hidden>  # app-config.local.yaml:2:9, hidden: it came from outside the files
  apiKey: <hidden>  # app-config.local.yaml:3:11, hidden: it is called like a secret
  extra:
    deep: <hidden>  # the environment variable APP_CONFIG_shop_extra, hidden: it came from outside the files
empty: {}  # app-config.yaml:5:8
"
    );
}

#[test]
fn what_is_shown_as_yaml_reads_back_as_it_was() {
    let whole = json!({
        "texts": ["yes", "12", "", " a ", "a: b # c", "- x", "ü\n\t\"\\", "\u{85}\u{2028}\u{7f}", "~", "1e3", "/api", "a  b ", "a - b"],
        "others": [1, 1.5, true, [], {}, [[1, [2]], { "a": { "b": [] }, "c": 1 }]],
        "a: with # all": { "no": "on" },
    });
    let config = Config::from_json(whole.clone());
    let yaml = Shown::of(&config, &json!({})).to_yaml();
    let read = yaml::parse(&yaml, &Arc::new(Source::Program)).map(|node| node.to_json());
    assert_eq!(read.map_err(|error| error.to_string()), Ok(whole), "{yaml}");
}

#[test]
fn a_name_hides_all_that_is_inside_unless_a_type_describes_it() {
    let mut schema = ConfigSchema::new();
    schema.add_section::<More>("tokens");
    let config = Config::from_json(json!({
        "tokens": { "flat": "hunter2", "size": 3 },
        "secrets": { "hunter2": [1] },
    }));
    assert_eq!(
        Shown::of(&config, &schema.finish()).to_json(),
        json!({ "tokens": { "flat": "<hidden>", "size": 3 }, "secrets": "<hidden>" })
    );
}

#[test]
fn nothing_at_all_is_an_empty_object() {
    let yaml = Shown::of(&Config::empty(), &json!({})).to_yaml();
    assert_eq!(yaml, "{}  # the program's own values\n");
}
