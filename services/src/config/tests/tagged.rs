//! Tests of sections with alternatives and flattened parts, where serde alone forgets places and
//! leniency.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::config;
use crate::config::{ConfigErrors, check_section, read_section};

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(tag = "client", rename_all = "camelCase")]
enum Database {
    Sqlite { path: String },
    Postgres { host: String, port: Option<u16> },
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Store {
    /// In this process.
    Memory,
    /// Somewhere else.
    Redis { url: String, db: u8 },
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(untagged)]
enum Origin {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Section {
    database: Option<Database>,
    store: Option<Store>,
    origin: Option<Origin>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
struct Common {
    retries: Option<u8>,
}

fn report(text: &str) -> String {
    let found = check_section::<Section>(&config(text), "x");
    let unknown = found
        .unknown
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert_eq!(unknown, [""; 0]);
    ConfigErrors::collect(found.errors).map_or_else(String::new, |errors| errors.to_string())
}

#[test]
fn text_stands_for_numbers_in_tagged_and_flattened_parts_too() {
    let text = "x: {database: {client: postgres, host: h, port: '5432'}, retries: '3',\n  \
                store: {redis: {url: u, db: '1'}}, origin: [a]}\n";
    let section = read_section::<Section>(&config(text), "x").expect("it is right");
    assert_eq!(
        section.database,
        Some(Database::Postgres {
            host: "h".into(),
            port: Some(5432)
        })
    );
    assert_eq!(section.common.retries, Some(3));
    assert_eq!(
        section.store,
        Some(Store::Redis {
            url: "u".into(),
            db: 1
        })
    );
    assert_eq!(section.origin, Some(Origin::Many(vec!["a".into()])));
}

#[test]
fn the_alternative_that_was_meant_is_blamed() {
    let text = "\
x:
  database: {client: postgres, host: h, port: x}
  store: {redis: {url: u, db: 300}}
  origin: [a, 1]
  retries: 999
";
    assert_eq!(
        report(text),
        "4 mistakes in the configuration:\n  \
         `x.database.port` at app-config.yaml:2:47: found the text \"x\", wanted a whole number from 0 \
         to 65535\n  \
         `x.store.redis.db` at app-config.yaml:3:31: found the number 300, wanted a whole number from 0 \
         to 255\n  \
         `x.origin[1]` at app-config.yaml:4:15: found the number 1, wanted text; put it in quotes\n  \
         `x.retries` at app-config.yaml:5:12: found the number 999, wanted a whole number from 0 to 255"
    );
}

#[test]
fn where_none_was_meant_all_are_named() {
    let text = "x:\n  database: {client: postgress}\n  store: disk\n  origin: 5\n";
    assert_eq!(
        report(text),
        "3 mistakes in the configuration:\n  \
         `x.database.client` at app-config.yaml:2:22: found the text \"postgress\", wanted one of \
         `sqlite`, `postgres`\n  \
         `x.store` at app-config.yaml:3:10: found the text \"disk\", wanted `memory` or an object with \
         the key `redis`\n  \
         `x.origin` at app-config.yaml:4:11: found the number 5, wanted text or a list"
    );
    assert_eq!(
        report("x: {database: {path: p}}\n"),
        "1 mistake in the configuration:\n  \
         `x.database.client` is missing; it belongs under `x.database` (app-config.yaml:1:5)"
    );
}

#[test]
fn keys_of_other_alternatives_are_unknown() {
    let text = "x: {database: {client: sqlite, path: p, prot: 1}}\n";
    let found = check_section::<Section>(&config(text), "x");
    assert_eq!(found.errors, []);
    assert_eq!(found.unknown.len(), 1);
    assert_eq!(found.unknown[0].key, "x.database.prot");
}

#[test]
fn a_flattened_map_knows_every_key() {
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Open {
        name: String,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }
    let right = config("x: {name: n, a: '1', b: 2}\n");
    let open = read_section::<Open>(&right, "x").expect("it is right");
    assert_eq!(
        (open.name.as_str(), open.rest["a"], open.rest["b"]),
        ("n", 1, 2)
    );
    let wrong = check_section::<Open>(&config("x: {name: n, a: z}\n"), "x");
    assert_eq!(wrong.errors.len(), 1);
    assert_eq!(wrong.errors[0].key(), Some("x.a"));
}

#[test]
fn a_type_that_forbids_unknown_keys_is_obeyed() {
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        #[serde(default)]
        enabled: bool,
    }
    let found = check_section::<Closed>(&config("x: {enable: true}\n"), "x");
    assert_eq!(
        found.errors[0].to_string(),
        "`x.enable` at app-config.yaml:1:5: this key is not known; did you mean `enabled`?"
    );
    assert_eq!(found.errors.len(), 1);
    assert!(
        !read_section::<Closed>(&config(""), "x")
            .expect("it is right")
            .enabled
    );
}
