//! `migrate`: what an operator sees of the migrations.

use std::path::Path;

use serde_json::{Value, json};

use super::support::program::{self, Parts as _};
use super::support::{get, raw};

const CONFIG: &str = "backend:
  listen: 127.0.0.1:0
  database:
    client: better-sqlite3
    connection:
      directory: DIRECTORY
";

fn config(directory: &Path) -> String {
    let directory = directory.to_str().expect("it is text");
    CONFIG.replace("DIRECTORY", directory)
}

async fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let config = config(directory);
    let all = ["migrate", "--config", "app-config.yaml"];
    let all = [&all[..], arguments].concat();
    let program = program::example("stateful-program", &all, &config);
    let (status, lines, errors) = program.parts().await;
    (status.code().unwrap_or(-1), lines.join("\n"), errors)
}

#[tokio::test]
async fn they_are_shown_applied_and_undone() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path();
    let file = place.join("tea.sqlite");
    let report = |first: &str, second: &str| {
        format!(
            "plugin `tea`: SQLite in the file {}, table `seaql_migrations`\n  m20260101_teas    {first}\n  m20260201_prices  {second}",
            file.display()
        )
    };
    // Every plugin that can issue tokens has a table of keys too.
    let keys = |plugin: &str, state: &str| {
        format!(
            "plugin `{plugin}`: SQLite in the file {}, table `greenroom_plugin_keys_migrations`\n  m0001_plugin_keys  {state}\n\n",
            place.join(format!("{plugin}.sqlite")).display()
        )
    };
    let whole = |first: &str, second: &str, of_keys: &str| {
        keys("hello", of_keys) + &keys("tea", of_keys) + &report(first, second)
    };
    let (status, text, errors) = run(place, &["status"]).await;
    assert_eq!(
        (status, text),
        (0, whole("pending", "pending", "pending")),
        "{errors}"
    );
    let (status, ..) = run(place, &["status", "--exit-code"]).await;
    assert_eq!(status, 1);
    let (status, text, errors) = run(place, &["up", "--dry-run"]).await;
    assert_eq!(
        (status, text),
        (0, whole("pending", "pending", "pending")),
        "{errors}"
    );
    let (status, text, errors) = run(place, &["up"]).await;
    assert_eq!(
        (status, text),
        (0, whole("now applied", "now applied", "now applied")),
        "{errors}"
    );
    let (status, text, errors) = run(place, &["status", "--exit-code"]).await;
    assert_eq!(
        (status, text),
        (0, whole("applied", "applied", "applied")),
        "{errors}"
    );
    // Nobody undoes the tables of keys, for which no plugin has asked.
    let (status, text, errors) = run(place, &["down", "--plugin", "tea"]).await;
    assert_eq!(
        (status, text),
        (0, report("applied", "now undone")),
        "{errors}"
    );
    let (status, text, errors) = run(place, &["status", "--json", "--plugin", "tea"]).await;
    let text: Value = serde_json::from_str(&text).expect("it is JSON");
    let expected = json!([
        { "name": "m20260101_teas", "state": "applied" },
        { "name": "m20260201_prices", "state": "pending" },
    ]);
    assert_eq!(
        (status, &text["plugins"][1]["migrations"]),
        (0, &expected),
        "{errors}"
    );
    assert_eq!(
        text["plugins"][0]["migrations"][0]["state"], "applied",
        "the keys"
    );
    let (status, text, errors) = run(place, &["status", "--plugin", "coffee"]).await;
    assert_eq!((status, text), (2, String::new()));
    assert!(errors.contains("has no plugin `coffee`"), "{errors}");
    let (status, text, errors) = run(place, &["down", "--steps", "9"]).await;
    assert_eq!(
        (status, text),
        (0, report("now undone", "pending")),
        "{errors}"
    );
}

#[tokio::test]
async fn a_plugin_keeps_what_it_was_told() {
    const ADD: &str = "POST /api/tea/teas HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 6\r\n\r\noolong";
    let directory = tempfile::tempdir().expect("a directory");
    for answer in ["new", "there already"] {
        let arguments = ["--config", "app-config.yaml"];
        let config = config(directory.path());
        let mut program = program::example("stateful-program", &arguments, &config);
        let address = program.address().await;
        program.line("Backend started").await;
        assert_eq!(raw(address, ADD.as_bytes()).await.body, answer);
        assert_eq!(get(address, "/api/tea/teas").await.body, "oolong 100\n");
    }
}
