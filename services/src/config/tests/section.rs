//! Tests of a plugin's section: all mistakes at once, unknown keys, secrets.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Dir, config};
use crate::config::{
    ByteSize, Config, ConfigErrors, HumanDuration, Secret, check_section, read_section,
    section_schema,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "most fields are there to be refused")]
struct Todo {
    port: u16,
    base_url: String,
    #[serde(default)]
    enabled: bool,
    #[schemars(range(min = 1, max = 10))]
    workers: Option<u32>,
    timeout: Option<HumanDuration>,
    limit: Option<ByteSize>,
    token: Option<Secret<String>>,
    pin: Option<Secret<u16>>,
    owners: Option<Vec<Owner>>,
    labels: Option<BTreeMap<String, u8>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code, reason = "it is there to be refused")]
struct Owner {
    name: String,
    #[serde(default)]
    level: u8,
}

fn report<T: serde::de::DeserializeOwned + JsonSchema>(config: &Config) -> String {
    let errors = check_section::<T>(config, "todo").errors;
    ConfigErrors::collect(errors).map_or_else(String::new, |errors| errors.to_string())
}

#[test]
fn three_mistakes_are_told_at_once() {
    let text = "\
todo:
  port: abc
  enabled: perhaps
  workers: 3
";
    assert_eq!(
        report::<Todo>(&config(text)),
        "3 mistakes in the configuration:\n  \
         `todo.port` at app-config.yaml:2:9: found the text \"abc\", wanted a whole number from 0 to \
         65535\n  \
         `todo.enabled` at app-config.yaml:3:12: found the text \"perhaps\", wanted true or false\n  \
         `todo.baseUrl` is missing; it belongs under `todo` (app-config.yaml:1:1)"
    );
}

#[test]
fn mistakes_of_every_kind_have_their_places() {
    let text = "\
todo:
  port: 1
  baseUrl: 12
  workers: 11
  timeout: 5
  limit: lots
  pin: hunter2
  owners: [{name: a}, {level: 300}, 7]
  labels: {x: -1}
";
    assert_eq!(
        report::<Todo>(&config(text)),
        "9 mistakes in the configuration:\n  \
         `todo.baseUrl` at app-config.yaml:3:12: found the number 12, wanted text; put it in quotes\n  \
         `todo.workers` at app-config.yaml:4:12: found the number 11, wanted a whole number from 1 to \
         10\n  \
         `todo.timeout` at app-config.yaml:5:12: found the number 5, wanted a duration such as `30s`, \
         `PT5M` or `{ minutes: 5 }`\n  \
         `todo.limit` at app-config.yaml:6:10: found the text \"lots\", wanted a size such as `100kb` \
         or `1mb`, or a number of bytes\n  \
         `todo.pin` at app-config.yaml:7:8: found a text (not shown), wanted a whole number from 0 to \
         65535\n  \
         `todo.owners[1].level` at app-config.yaml:8:31: found the number 300, wanted a whole number \
         from 0 to 255\n  \
         `todo.owners[2]` at app-config.yaml:8:37: found the number 7, wanted an object\n  \
         `todo.labels.x` at app-config.yaml:9:15: found the number -1, wanted a whole number from 0 to \
         255\n  \
         `todo.owners[1].name` is missing; it belongs under `todo.owners[1]` (app-config.yaml:8:23)"
    );
}

#[test]
fn what_is_right_is_read_with_all_leniency() {
    let dir = Dir::with(&[(
        "app-config.yaml",
        "todo: {port: '${PORT}', baseUrl: x, enabled: 'on', timeout: {minutes: '1'}, token: t}\n",
    )]);
    let config = dir.load(&[("PORT", "8080")]).expect("it loads");
    let todo = read_section::<Todo>(&config, "todo").expect("it is right");
    assert_eq!(
        (todo.port, todo.enabled, todo.base_url.as_str()),
        (8080, true, "x")
    );
    assert_eq!(
        todo.token.as_ref().map(|token| token.expose().as_str()),
        Some("t")
    );
    let shown = format!("{todo:?}");
    assert!(
        shown.starts_with("Settings(Todo") && shown.contains("Secret(***)"),
        "{shown}"
    );
}

#[test]
fn an_absent_section_is_an_empty_object() {
    #[derive(Debug, Deserialize, JsonSchema, PartialEq)]
    #[serde(default)]
    struct Quiet {
        port: u16,
    }
    impl Default for Quiet {
        fn default() -> Self {
            Self { port: 7007 }
        }
    }
    for text in ["", "other: 1\n", "todo:\n", "todo: {}\n"] {
        let settings = read_section::<Quiet>(&config(text), "todo").expect("defaults hold");
        assert_eq!(settings.port, 7007, "{text:?}");
    }
    assert_eq!(
        report::<Todo>(&config("other: 1\n")),
        "2 mistakes in the configuration:\n  \
         `todo.port` is missing; it belongs at the top level of app-config.yaml\n  \
         `todo.baseUrl` is missing; it belongs at the top level of app-config.yaml"
    );
    assert_eq!(
        report::<Quiet>(&config("todo: text\n")),
        "1 mistake in the configuration:\n  \
         `todo` at app-config.yaml:1:7: found the text \"text\", wanted an object"
    );
}

#[test]
fn unknown_keys_are_warnings_or_in_a_strict_check_mistakes() {
    let text =
        "todo:\n  port: 1\n  baseURL: x\n  baseUrl: x\n  owners: [{name: a, levl: 1}]\n  zzz: 1\n";
    let found = check_section::<Todo>(&config(text), "todo");
    assert_eq!(found.errors, []);
    let unknown: Vec<_> = found.unknown.iter().map(ToString::to_string).collect();
    assert_eq!(
        unknown,
        [
            "`todo.baseURL` at app-config.yaml:3:3: this key is not known; did you mean `baseUrl`?",
            "`todo.owners[0].levl` at app-config.yaml:5:22: this key is not known; did you mean \
             `level`?",
            "`todo.zzz` at app-config.yaml:6:3: this key is not known",
        ]
    );
    assert_eq!(found.into_strict().len(), 3);
}

#[test]
fn a_variable_that_is_not_set_explains_what_is_missing() {
    let config = config("todo: {port: 1, baseUrl: '${BASE_URL}'}\n");
    assert_eq!(
        report::<Todo>(&config),
        "1 mistake in the configuration:\n  \
         `todo.baseUrl` is missing; app-config.yaml:1:26 sets it from the variable BASE_URL, which is \
         not set"
    );
}

/// A type of which the schema says less than serde checks.
#[derive(Debug, JsonSchema)]
#[schemars(with = "String")]
struct Even;

impl<'de> Deserialize<'de> for Even {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.len() % 2 {
            0 => Ok(Self),
            _ => Err(serde::de::Error::custom("the text has an odd length")),
        }
    }
}

#[test]
fn mistakes_that_only_serde_sees_are_all_told_too() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only what is refused matters")]
    struct Fussy {
        a: Even,
        b: Even,
        list: Vec<Even>,
        inner: Inner,
        port: u16,
    }
    #[derive(Debug, Deserialize, JsonSchema)]
    #[allow(dead_code, reason = "only what is refused matters")]
    struct Inner {
        c: Even,
    }
    let text = "todo:\n  inner: {c: xxx}\n  a: x\n  b: xx\n  list: [x, xx, xxx]\n  port: no\n";
    assert_eq!(
        report::<Fussy>(&config(text)),
        "5 mistakes in the configuration:\n  \
         `todo.inner.c` at app-config.yaml:2:14: the text has an odd length\n  \
         `todo.a` at app-config.yaml:3:6: the text has an odd length\n  \
         `todo.list[0]` at app-config.yaml:5:10: the text has an odd length\n  \
         `todo.list[2]` at app-config.yaml:5:17: the text has an odd length\n  \
         `todo.port` at app-config.yaml:6:9: found the text \"no\", wanted a whole number from 0 to \
         65535"
    );
}

#[test]
fn an_alias_is_unknown_to_the_schema_but_does_not_fail() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Aliased {
        #[serde(alias = "old_name")]
        new_name: String,
    }
    let config = config("todo: {old_name: x}\n");
    assert_eq!(
        read_section::<Aliased>(&config, "todo")
            .expect("serde takes it")
            .new_name,
        "x"
    );
}

#[test]
fn the_schema_is_for_editors() {
    let schema = section_schema::<Todo>();
    assert_eq!(schema["required"], json!(["port", "baseUrl"]));
    assert_eq!(schema["properties"]["port"]["maximum"], json!(65535));
    let token = schema["properties"]["token"].to_string();
    assert!(
        token.contains("writeOnly") && token.contains("password"),
        "{token}"
    );
}
