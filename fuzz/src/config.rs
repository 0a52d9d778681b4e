//! Configuration files: any bytes give a configuration, or mistakes that can be found in the files.
//!
//! An input is up to four parts, with a line `#####` between them: `app-config.yaml`, a later file that is merged over
//! it, a file that both may include, and the value of the variable `APP_CONFIG_a_b`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use greenroom::config::{
    Config, ConfigError, ConfigErrors, ConfigSchema, Environment, LoadOptions,
    RootConfigService as _, Secret, Shown, load,
};
use serde_json::Value;

const FILES: [&str; 3] = ["app-config.yaml", "later.yaml", "included.yaml"];

/// What nothing may show: it is in the environment and in a file that `$file` can name.
const SECRET: &str = "5ecret-0f-7he-envir0nment";

/// Loads the files of an input, and judges what comes of it.
///
/// # Panics
///
/// A property does not hold.
pub fn check(data: &[u8]) {
    let mut parts = split(data);
    // Somebody who writes the secret into the files has shown it.
    if contains(data, SECRET.as_bytes()) || parts.len() > 4 {
        return;
    }
    parts.resize(4, b"");
    let directory = directory();
    for (name, text) in FILES.iter().zip(&parts) {
        std::fs::write(directory.join(name), text).expect("the directory can be written to");
    }
    let environment = Environment::new(directory)
        .with_variable("SECRET", SECRET)
        .with_variable("EMPTY", "");
    let outer = std::str::from_utf8(parts[3]).unwrap_or_default();
    let load = |files: &[&str]| {
        let environment = match outer {
            "" => environment.clone(),
            outer => environment.clone().with_variable("APP_CONFIG_a_b", outer),
        };
        let files = files.iter().map(PathBuf::from).collect();
        load(LoadOptions {
            files,
            environment,
            options: Vec::new(),
        })
        .map(|service| service.current())
    };

    let both = load(&FILES[..2]);
    let again = load(&FILES[..2]);
    match (&both, &again) {
        (Ok(one), Ok(other)) => assert_eq!(shown(one), shown(other), "a load is deterministic"),
        (Err(one), Err(other)) => assert_eq!(one, other, "so are its mistakes"),
        _ => panic!("a load succeeds once and fails once"),
    }
    match &both {
        Ok(config) => {
            keeps_the_secret(config);
            if outer.is_empty()
                && let (Ok(early), Ok(late)) = (load(&FILES[..1]), load(&FILES[1..2]))
            {
                let value =
                    |config: &Config| config.get::<Value>("").expect("any value can be read");
                is_merged(
                    Some(&value(config)),
                    Some(&value(&early)),
                    Some(&value(&late)),
                );
            }
        }
        Err(errors) => can_be_found(errors, &parts),
    }
}

/// The parts of an input.
fn split(data: &[u8]) -> Vec<&[u8]> {
    const MARK: &[u8] = b"\n#####\n";
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        // The line before the mark keeps its end.
        parts.push(&rest[..=at]);
        rest = &rest[at + MARK.len()..];
    }
    parts.push(rest);
    parts
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The directory of this process, with the file that holds the secret.
fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = DIRECTORY.get_or_init(|| {
        let directory = tempfile::tempdir().expect("a directory can be made");
        std::fs::write(directory.path().join("secret.txt"), SECRET).expect("it can be written to");
        directory
    });
    directory.path()
}

fn shown(config: &Config) -> String {
    let shown = Shown::of(config, &ConfigSchema::new().finish());
    format!("{}{}", shown.to_yaml(), shown.to_json())
}

/// Neither the printed configuration nor a mistake in reading it shows what came from outside.
fn keeps_the_secret(config: &Config) {
    let text = shown(config);
    assert!(!text.contains(SECRET), "shown: {text}");
    for key in config.keys() {
        let told = [
            config.get::<u8>(&key).err(),
            config.get::<bool>(&key).err(),
            config.get::<Vec<u8>>(&key).err(),
            config.get::<Secret<char>>(&key).err(),
            config.get::<std::net::IpAddr>(&key).err(),
        ];
        for error in told.into_iter().flatten() {
            let text = format!("{error} {error:?}");
            assert!(!text.contains(SECRET), "told: {text}");
        }
    }
    let text = format!("{config:?}");
    assert!(!text.contains(SECRET), "{text}");
}

/// A mistake names a place that is there, or a key, a file or a variable.
fn can_be_found(errors: &ConfigErrors, parts: &[&[u8]]) {
    let text = format!("{errors} {errors:?}");
    assert!(!text.contains(SECRET), "told: {text}");
    let errors = errors.clone().into_vec();
    assert!(!errors.is_empty(), "a failed load has its reasons");
    for error in errors {
        assert!(!error.to_string().trim().is_empty());
        let Some(place) = error.place() else {
            let elsewhere = matches!(
                error,
                ConfigError::Missing { .. }
                    | ConfigError::File { .. }
                    | ConfigError::Variable { .. }
            );
            assert!(elsewhere, "without a place: {error}");
            continue;
        };
        let Some(file) = place.file() else {
            continue;
        };
        let Some(index) = FILES.iter().position(|name| *name == file) else {
            panic!("in a file that nobody wrote: {error}");
        };
        is_inside(parts[index], place.line(), place.column(), &error);
    }
}

/// A place is on a line that the file has, or just behind its end.
fn is_inside(text: &[u8], line: u32, column: u32, error: &ConfigError) {
    let text = String::from_utf8_lossy(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let (line, column) = (line as usize, column as usize);
    assert!(
        (1..=lines.len() + 1).contains(&line),
        "line {line} of {}: {error}",
        lines.len()
    );
    let longest = lines.get(line - 1).map_or(0, |line| line.chars().count());
    assert!(
        (1..=longest + 1).contains(&column),
        "column {column} of {longest}: {error}"
    );
}

/// Objects are merged, everything else is replaced by what comes later; only a later `null`, or a variable that is not
/// set, takes something away.
fn is_merged(merged: Option<&Value>, early: Option<&Value>, late: Option<&Value>) {
    match (early, late) {
        (Some(Value::Object(early)), Some(Value::Object(late))) => {
            let Some(Value::Object(merged)) = merged else {
                panic!("two objects are one: {merged:?}");
            };
            for key in merged.keys() {
                assert!(
                    early.contains_key(key) || late.contains_key(key),
                    "{key} is nobody's"
                );
            }
            for key in early.keys().chain(late.keys()) {
                is_merged(merged.get(key), early.get(key), late.get(key));
            }
        }
        (_, Some(_)) => assert_eq!(merged, late, "what comes later counts"),
        (Some(_), None) => assert!(
            merged.is_none() || merged == early,
            "{merged:?} of {early:?} alone"
        ),
        (None, None) => assert_eq!(merged, None),
    }
}
