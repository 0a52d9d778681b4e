//! What the keys come to, and what is said of those that come to nothing.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::{DatabaseSettings, Engine, Place, Plan, Server, ServerOptions};
use crate::config::{Config, FromConfig as _};

fn settings(database: Value) -> Result<DatabaseSettings, String> {
    let config = Config::from_json(json!({ "backend": { "database": database } }));
    DatabaseSettings::from_config(&config).map_err(|mistakes| {
        let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        mistakes.join("\n")
    })
}

fn plan(database: Value, plugin: &str) -> Plan {
    let settings = settings(database).expect("nothing is wrong");
    settings.plan(plugin).expect("nothing is wrong")
}

fn server(database: Value, plugin: &str) -> Server {
    match plan(database, plugin).engine {
        Engine::Server(server) => *server,
        Engine::Sqlite(_) => panic!("it is SQLite"),
    }
}

fn place(database: Value, plugin: &str) -> Place {
    match plan(database, plugin).engine {
        Engine::Sqlite(place) => place,
        Engine::Server(_) => panic!("it is a server"),
    }
}

#[test]
fn without_configuration_it_is_in_memory() {
    let settings = DatabaseSettings::from_config(&Config::empty()).expect("nothing is wrong");
    let plan = settings.plan("tea").expect("nothing is wrong");
    assert!(matches!(plan.engine, Engine::Sqlite(Place::Memory)));
    for client in ["better-sqlite3", "sqlite3", "sqlite"] {
        let written = json!({ "client": client, "connection": ":memory:" });
        assert_eq!(place(written, "tea"), Place::Memory);
    }
}

#[test]
fn a_directory_has_a_file_for_each_plugin() {
    let written = json!({ "client": "better-sqlite3", "connection": { "directory": "/data" } });
    let expected = Place::File {
        path: "/data/tea.sqlite".into(),
        same_for_all: false,
    };
    assert_eq!(place(written, "tea"), expected);
    let written = json!({ "client": "better-sqlite3", "connection": "/data/all.sqlite" });
    let Place::File { path, same_for_all } = place(written, "tea") else {
        panic!("it is a file");
    };
    assert_eq!(
        (&*path, same_for_all),
        (Path::new("/data/all.sqlite"), true)
    );
}

#[test]
fn no_idle_timeout_is_never_and_not_at_once() {
    let pool = |idle| json!({ "knexConfig": { "pool": { "idleTimeoutMillis": idle } } });
    let hour = plan(pool(3_600_000), "tea").pool.idle_timeout;
    assert_eq!(hour, Duration::from_secs(3600));
    assert!(plan(pool(0), "tea").pool.idle_timeout > hour);
}

#[test]
fn names_are_those_of_backstage() {
    let base = server(json!({ "client": "pg", "connection": {} }), "tea");
    assert_eq!(base.database, "backstage_plugin_tea");
    assert_eq!(base.address, "localhost:5432");
    let ServerOptions::Postgres(options) = &base.options else {
        panic!("it is PostgreSQL");
    };
    assert_eq!(options.get_application_name(), Some("backstage_plugin_tea"));
    let written = json!({
        "client": "pg",
        "connection": "postgres://ann:secret@db:6543/everything",
        "prefix": "shop_",
        "plugin": { "coffee": { "connection": { "database": "beans" } } },
    });
    let tea = server(written.clone(), "tea");
    assert_eq!(
        (&*tea.database, &*tea.address, &*tea.user),
        ("shop_tea", "db:6543", "ann")
    );
    let coffee = server(written, "coffee");
    assert_eq!((&*coffee.database, &*coffee.address), ("beans", "db:6543"));
}

#[test]
fn by_schema_plugins_share_the_database_of_the_connection() {
    let mut written = json!({
        "client": "pg",
        "connection": "postgres://ann@db/everything",
        "pluginDivisionMode": "schema",
        "schemaPrefix": "s_",
    });
    let tea = server(written.clone(), "tea");
    assert_eq!(
        (&*tea.database, tea.schema.as_deref()),
        ("everything", Some("s_tea"))
    );
    assert_eq!(plan(written.clone(), "tea").pool.max, 10);
    written["connection"] = json!("postgres://ann@db");
    assert_eq!(server(written, "tea").database, "ann");
}

#[test]
fn a_plugin_with_another_client_starts_from_nothing() {
    let written = json!({
        "client": "pg",
        "connection": { "host": "db", "password": "secret" },
        "plugin": {
            "tea": { "client": "better-sqlite3" },
            "coffee": { "client": "mysql2", "connection": { "user": "ann" } },
        },
    });
    assert_eq!(place(written.clone(), "tea"), Place::Memory);
    let coffee = server(written, "coffee");
    assert_eq!((&*coffee.address, &*coffee.user), ("localhost:3306", "ann"));
}

#[test]
fn limits_are_knexs() {
    let written = json!({
        "client": "pg",
        "knexConfig": {
            "acquireConnectionTimeout": 5000,
            "pool": { "min": 1, "max": 7, "idleTimeoutMillis": 1000 },
        },
        "statementTimeout": "0s",
        "plugin": { "tea": { "knexConfig": { "pool": { "max": 3 } } } },
    });
    let other = plan(written.clone(), "other");
    assert_eq!((other.pool.min, other.pool.max), (1, 7));
    assert_eq!(other.pool.acquire_timeout, Duration::from_secs(5));
    assert_eq!(other.pool.idle_timeout, Duration::from_secs(1));
    assert_eq!(other.statement_timeout, None);
    assert_eq!(plan(written, "tea").pool.max, 3);
}

#[test]
fn what_cannot_be_used_is_named_by_its_key() {
    let long = "x".repeat(64);
    for (written, parts) in [
        (
            json!({ "client": "oracle" }),
            &["backend.database.client", "one of better-sqlite3"][..],
        ),
        (
            json!({ "client": "embedded-postgres" }),
            &["backend.database.client", "start a server"],
        ),
        (
            json!({ "client": "pg", "connection": { "type": "cloudsql" } }),
            &["backend.database.connection.type", "sign in"],
        ),
        (
            json!({ "client": "mysql2", "pluginDivisionMode": "schema" }),
            &[
                "backend.database.pluginDivisionMode",
                "needs the client `pg`",
            ],
        ),
        (
            json!({ "client": "pg", "prefix": long }),
            &["backend.database.prefix", "63 at most"],
        ),
        (
            json!({ "client": "pg", "connection": "mysql://db" }),
            &["backend.database.connection", "postgres://"],
        ),
        (
            json!({ "client": "pg", "connection": "postgres://a:hunter2@db?tea=1" }),
            &["backend.database.connection", "`tea`"],
        ),
        (
            json!({ "client": "pg", "connection": { "ssl": { "ca": "/etc/ca.pem" } } }),
            &["backend.database.connection.ssl.ca", "$file"],
        ),
        (
            json!({ "client": "pg", "knexConfig": { "pool": { "max": 0 } } }),
            &["backend.database.knexConfig.pool.max", "1 or more"],
        ),
        (
            json!({ "plugin": { "tea": { "client": "oracle" } } }),
            &[
                "backend.database.plugin.tea.client",
                "one of better-sqlite3",
            ],
        ),
    ] {
        let error = settings(written.clone()).expect_err("it cannot be used");
        for part in parts {
            assert!(error.contains(part), "{written}: {error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn what_is_not_read_is_named() {
    let written = json!({
        "client": "pg",
        "asyncStackTraces": true,
        "connection": { "hots": "db" },
        "knexConfig": { "debug": true },
        "plugin": { "tea": { "conection": {} } },
    });
    let settings = settings(written).expect("nothing is wrong");
    let warnings = settings.warnings().join("\n");
    for key in [
        "asyncStackTraces",
        "connection.hots",
        "knexConfig.debug",
        "plugin.tea.conection",
    ] {
        assert!(warnings.contains(key), "{key}: {warnings}");
    }
}

#[test]
fn nothing_shows_a_password() {
    let written = json!({
        "client": "pg",
        "connection": { "password": "hunter2" },
        "plugin": { "tea": { "connection": "postgres://a:hunter2@db" } },
    });
    let settings = settings(written).expect("nothing is wrong");
    let plan = settings.plan("tea").expect("nothing is wrong");
    assert!(!format!("{settings:?} {plan:?}").contains("hunter2"));
}
