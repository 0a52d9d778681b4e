//! Tests of typed reads: what is lenient, and what an error says.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Deserialize;

use super::{Dir, config};
use crate::config::{ByteSize, Config, HumanDuration, Secret};

fn error<T: serde::de::DeserializeOwned>(config: &Config, key: &str) -> String {
    config
        .get::<T>(key)
        .err()
        .expect("it is refused")
        .to_string()
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Listen {
    host: Option<String>,
    port: u16,
    #[serde(default)]
    keep_alive: bool,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Store {
    Memory,
    Redis { url: String },
    Path(String),
}

#[test]
fn text_may_stand_for_numbers_and_truth() {
    let config = config("a: {port: '7007', keepAlive: 'Yes'}\nf: '1.5'\nw: 8080.0\nn: '-3'\n");
    let expected = Listen {
        host: None,
        port: 7007,
        keep_alive: true,
    };
    assert_eq!(config.get::<Listen>("a"), Ok(expected));
    assert_eq!(config.get::<f64>("f"), Ok(1.5));
    assert_eq!(config.get::<u16>("w"), Ok(8080));
    assert_eq!(config.get::<i8>("n"), Ok(-3));
}

#[test]
fn numbers_do_not_stand_for_text() {
    let config = config("version: 1.10\nempty: ''\n");
    assert_eq!(
        error::<String>(&config, "version"),
        "`version` at app-config.yaml:1:10: found the number 1.1, wanted text; put it in quotes"
    );
    assert_eq!(
        error::<String>(&config, "empty"),
        "`empty` at app-config.yaml:2:8: found an empty text, wanted text"
    );
}

#[test]
fn sections_keep_whole_keys_in_errors() {
    let config = config("backend:\n  listen:\n    port: 70000\n    prot: 1\n");
    let section = config.section("backend").section("listen");
    assert_eq!(section.keys(), ["port", "prot"]);
    assert!(section.has("port") && !section.has("host") && !config.section("x").has("y"));
    assert_eq!(
        error::<u16>(&section, "port"),
        "`backend.listen.port` at app-config.yaml:3:11: found the number 70000, wanted a whole number \
         from 0 to 65535"
    );
    assert_eq!(
        error::<String>(&section, "host"),
        "`backend.listen.host` is missing; it belongs under `backend.listen` (app-config.yaml:2:3)"
    );
    assert_eq!(
        error::<String>(&config, "other"),
        "`other` is missing; it belongs at the top level of app-config.yaml"
    );
    assert_eq!(
        error::<String>(&section, "port.x"),
        "`backend.listen.port` at app-config.yaml:3:11: found the number 70000, wanted an object (for \
         `backend.listen.port.x`)"
    );
    assert_eq!(section.get_optional::<String>("host"), Ok(None));
}

#[test]
fn the_innermost_value_is_blamed() {
    let config = config("l:\n  - port: 1\n  - port: x\nm: {port: 1, hots: y}\nn: [{host: x}]\n");
    assert!(error::<Vec<Listen>>(&config, "l").starts_with("`l[1].port` at app-config.yaml:3:11:"));
    assert_eq!(
        error::<Listen>(&config, "m"),
        "`m.hots` at app-config.yaml:4:14: this key is not known; did you mean `host`?"
    );
    assert_eq!(
        error::<Vec<Listen>>(&config, "n"),
        "`n[0].port` is missing; it belongs under `n[0]` (app-config.yaml:5:5)"
    );
    assert!(error::<Listen>(&config, "l").ends_with("found a list, wanted an object"));
}

#[test]
fn enums_in_all_their_forms() {
    let config = config("a: memory\nb: {redis: {url: x}}\nc: {path: p}\nd: disk\ne: {redis: {}}\n");
    assert_eq!(config.get("a"), Ok(Store::Memory));
    assert_eq!(config.get("b"), Ok(Store::Redis { url: "x".into() }));
    assert_eq!(config.get("c"), Ok(Store::Path("p".into())));
    assert_eq!(
        error::<Store>(&config, "d"),
        "`d` at app-config.yaml:4:4: found the text \"disk\", wanted one of `memory`, `redis`, `path`"
    );
    assert!(error::<Store>(&config, "e").starts_with("`e.redis.url` is missing"));
}

#[test]
fn maps_have_keys_of_their_own_type() {
    let config = config("m: {1: a, 2: b}\nn: {x: a}\n");
    assert_eq!(
        config.get::<BTreeMap<u8, String>>("m").map(|map| map.len()),
        Ok(2)
    );
    assert!(
        error::<HashMap<u8, String>>(&config, "n").starts_with(
            "`n.x` at app-config.yaml:2:5: found the text \"x\", wanted a whole number"
        )
    );
}

#[test]
fn durations_and_sizes() {
    let config = config("a: PT5M\nb: {minutes: '5'}\nc: 5\nd: {minuets: 5}\ne: 1mb\nf: 12\n");
    let five = Duration::from_mins(5);
    assert_eq!(
        config.get::<HumanDuration>("a").map(Duration::from),
        Ok(five)
    );
    assert_eq!(
        config.get::<HumanDuration>("b").map(Duration::from),
        Ok(five)
    );
    assert_eq!(
        error::<HumanDuration>(&config, "c"),
        "`c` at app-config.yaml:3:4: found the number 5, wanted a duration such as `30s`, `PT5M` or \
         `{ minutes: 5 }`"
    );
    assert_eq!(
        error::<HumanDuration>(&config, "d"),
        "`d.minuets` at app-config.yaml:4:5: this key is not known; did you mean `minutes`?"
    );
    assert_eq!(config.get::<ByteSize>("e"), Ok(ByteSize::bytes(1 << 20)));
    assert_eq!(config.get::<ByteSize>("f"), Ok(ByteSize::bytes(12)));
}

/// A type whose own error repeats what it was given.
#[derive(Debug)]
struct Loud;

impl<'de> Deserialize<'de> for Loud {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("`{text}` is too loud")))
    }
}

#[test]
fn errors_repeat_what_stands_in_the_file_and_nothing_else() {
    let text = "open: hunter2\nvar: ${PASSWORD}\nenv: {$env: PASSWORD}\nfile: {$file: p.txt}\n";
    let dir = Dir::with(&[("app-config.yaml", text), ("p.txt", "hunter2")]);
    let variables = [("PASSWORD", "hunter2"), ("APP_CONFIG_override", "hunter2")];
    let config = dir.load(&variables).expect("it loads");
    assert_eq!(
        error::<Loud>(&config, "open"),
        "`open` at app-config.yaml:1:7: `hunter2` is too loud"
    );
    assert_eq!(
        error::<u16>(&config, "var"),
        "`var` at app-config.yaml:2:6: found a text (not shown), wanted a whole number from 0 to 65535"
    );
    assert_eq!(
        error::<bool>(&config, "override"),
        "`override` from the environment variable APP_CONFIG_override: found a text (not shown), \
         wanted true or false"
    );
    for key in ["var", "env", "file", "override"] {
        for message in [
            error::<u16>(&config, key),
            error::<Loud>(&config, key),
            error::<Store>(&config, key),
            error::<HumanDuration>(&config, key),
            error::<Vec<Loud>>(&config, key),
        ] {
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}

#[test]
fn secrets_are_read_but_never_repeated() {
    #[derive(Debug, Deserialize)]
    struct Key {
        #[allow(dead_code, reason = "only its refusal matters")]
        size: Secret<u16>,
    }
    let config = config("a: hunter2\nb: 1234567\nc: {size: hunter2}\nd: [hunter2]\n");
    let secret: Secret<String> = config.get("a").expect("it is text");
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(
        error::<Secret<u16>>(&config, "a"),
        "`a` at app-config.yaml:1:4: found a text (not shown), wanted a whole number from 0 to 65535"
    );
    assert_eq!(
        error::<Secret<String>>(&config, "b"),
        "`b` at app-config.yaml:2:4: found a number (not shown), wanted text"
    );
    for message in [
        error::<Secret<Loud>>(&config, "a"),
        error::<Key>(&config, "c"),
        error::<Secret<Vec<u8>>>(&config, "d"),
        error::<Vec<Secret<Loud>>>(&config, "d"),
    ] {
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn items_of_a_list_are_sections_that_know_their_place() {
    let config = config("a:\n  b:\n    - { port: 80 }\n    - { port: many }\nc: text\n");
    let items = config.sections("a.b").expect("it is a list");
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].get::<u16>("port"), Ok(80));
    let told = error::<u16>(&items[1], "port");
    assert!(
        told.starts_with("`a.b[1].port` at app-config.yaml:4:15: found the text"),
        "{told}"
    );
    assert_eq!(
        error::<u16>(&items[0], "host"),
        error::<u16>(&config, "a.b[0].host")
    );
    assert!(!config.has("a.b[2]") && !config.has("a.b[-1]") && !config.has("c[0]"));
    assert_eq!(config.sections("a.none").map(|items| items.len()), Ok(0));
    let told = config.sections("c").expect_err("it is no list").to_string();
    assert!(told.contains("wanted a list"), "{told}");
}
