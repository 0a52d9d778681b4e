//! Tests of `${…}`, `$env`, `$file` and `$include` in files.

use serde_json::json;

use super::{Dir, json};

fn one(text: &str, variables: &[(&str, &str)]) -> Result<serde_json::Value, String> {
    Dir::with(&[("app-config.yaml", text)])
        .load(variables)
        .map(|config| json(&config))
}

#[test]
fn variables_in_values_and_not_in_keys() {
    let text =
        "a: tcp://${HOST}:${PORT:-80}\n${HOST}: $${HOST}\nn: 12\nl: ['${HOST}', '${NONE}', x]\n";
    let expected = json!({"a": "tcp://h:80", "${HOST}": "${HOST}", "n": 12, "l": ["h", "x"]});
    assert_eq!(one(text, &[("HOST", "h")]), Ok(expected));
}

#[test]
fn what_a_variable_takes_away_lets_the_lower_layer_through() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a: {b: low}\n"),
        (
            "app-config.local.yaml",
            "a: {b: '${NONE}', c: {$env: NONE}}\n",
        ),
    ]);
    assert_eq!(
        json(&dir.load(&[]).expect("it loads")),
        json!({"a": {"b": "low"}})
    );
}

#[test]
fn a_missing_key_names_the_variable_that_took_it_away() {
    let dir = Dir::with(&[("app-config.yaml", "db:\n  password: ${DB_PASSWORD}\n")]);
    let config = dir.load(&[]).expect("it loads");
    let error = config
        .get::<String>("db.password")
        .expect_err("it is not there");
    assert_eq!(
        error.to_string(),
        "`db.password` is missing; app-config.yaml:2:13 sets it from the variable DB_PASSWORD, which \
         is not set"
    );
}

#[test]
fn environment_and_files() {
    let dir = Dir::with(&[
        (
            "app-config.yaml",
            "a: {$env: TOKEN}\nb: {$file: sub/key.txt}\nc: {$file: '${NAME}'}\n",
        ),
        ("sub/key.txt", "  key with ${TOKEN}\n\n"),
        ("other.txt", "o"),
    ]);
    let config = dir
        .load(&[("TOKEN", " t \n"), ("NAME", "other.txt")])
        .expect("it loads");
    assert_eq!(
        json(&config),
        json!({"a": "t", "b": "  key with ${TOKEN}", "c": "o"})
    );
}

#[test]
fn includes_start_from_the_file_that_holds_them() {
    let dir = Dir::with(&[
        (
            "app-config.yaml",
            "a: {$include: 'sub/inc.yaml#x.y'}\nb: {$include: sub/all.json}\n",
        ),
        (
            "sub/inc.yaml",
            "x:\n  y:\n    k: {$file: key.txt}\n    v: ${V}\n",
        ),
        (
            "sub/all.json",
            "{\"one\": 1, \"more\": {\"$include\": \"inc.yaml#x.y.v\"}}",
        ),
        ("sub/key.txt", "K\n"),
    ]);
    let config = dir.load(&[("V", "v")]).expect("it loads");
    assert_eq!(
        json(&config),
        json!({"a": {"k": "K", "v": "v"}, "b": {"one": 1, "more": "v"}})
    );
}

#[test]
fn an_included_value_has_its_place_in_its_own_file() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a: {$include: sub/inc.yaml}\n"),
        ("sub/inc.yaml", "\nport: abc\n"),
    ]);
    let config = dir.load(&[]).expect("it loads");
    let error = config
        .get::<u8>("a.port")
        .expect_err("it is no number")
        .to_string();
    assert!(
        error.starts_with("`a.port` at sub/inc.yaml:2:7: found the text \"abc\""),
        "{error}"
    );
}

#[test]
fn other_keys_with_a_dollar_are_plain_data() {
    assert_eq!(
        one("a: {$ref: x, $schema: y}\n", &[]),
        Ok(json!({"a": {"$ref": "x", "$schema": "y"}}))
    );
}

#[test]
fn every_mistake_has_its_key_and_place() {
    let text = "a: {$env: X, more: 1}\nb: {$file: nope.txt}\nc: {$include: x.toml}\n\
                d: {$include: 'inc.yaml#x.y.z'}\ne: [{$env: [1]}]\nf: {$include: inc.yaml#no}\n\
                g: {$include: gone.yaml}\n";
    let dir = Dir::with(&[("app-config.yaml", text), ("inc.yaml", "x: {y: 1}\n")]);
    assert_eq!(
        dir.load(&[]).expect_err("all is wrong"),
        "7 mistakes in the configuration:\n  \
         `a` at app-config.yaml:1:4: `$env` has to be the only key of its object\n  \
         `b` at app-config.yaml:2:4: $file: nope.txt: there is no such file\n  \
         `c` at app-config.yaml:3:4: $include: x.toml: only .yaml, .yml and .json can be included\n  \
         `d` at app-config.yaml:4:4: $include: inc.yaml#x.y.z: the value at `x.y` is not an object\n  \
         `e[0]` at app-config.yaml:5:5: what follows `$env` has to be a text\n  \
         `f` at app-config.yaml:6:4: $include: inc.yaml#no: there is no `no` in that file\n  \
         `g` at app-config.yaml:7:4: $include: gone.yaml: there is no such file"
    );
}

#[test]
fn an_include_that_is_not_yaml_is_told_where_it_is_not() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a: {$include: i.yml}\n"),
        ("i.yml", "x: [1\n"),
    ]);
    let error = dir.load(&[]).expect_err("it is not YAML");
    assert!(error.contains("i.yml:"), "{error}");
}

#[test]
fn includes_cannot_go_in_circles() {
    let dir = Dir::with(&[
        ("app-config.yaml", "a: {$include: one.yaml}\n"),
        ("one.yaml", "b: {$include: two.yaml}\n"),
        ("two.yaml", "c: {$include: one.yaml}\n"),
    ]);
    let error = dir.load(&[]).expect_err("it is a circle");
    assert!(
        error.contains("`a.b.c` at two.yaml:1:4: $include: one.yaml: this includes itself"),
        "{error}"
    );
}

#[test]
fn names_that_came_from_variables_are_not_repeated() {
    let text =
        "a: {$file: '${SECRET}'}\nb: {$include: '${SECRET}.yaml'}\nc: {$include: '${SECRET}'}\n";
    let error = one(text, &[("SECRET", "hunter2")]).expect_err("nothing has that name");
    assert!(!error.contains("hunter2"), "{error}");
    let dir = Dir::with(&[("app-config.yaml", "a: {$env: '${SECRET}'}\n")]);
    let config = dir.load(&[("SECRET", "hunter2")]).expect("it loads");
    let error = config
        .get::<String>("a")
        .expect_err("it is not set")
        .to_string();
    assert!(!error.contains("hunter2"), "{error}");
}
