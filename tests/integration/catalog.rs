//! The example `catalog`: crates that compile apart, checked together and asked over HTTP.

use std::fs;
use std::path::Path;

use greenroom::config::{ConfigArguments, Environment};
use greenroom::logger::Sink;
use greenroom::prelude::*;
use greenroom::{Backend, Inputs};
use serde_json::{Value, json};

use super::support::{Program, Started, get, start_with};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// The catalog without what the example's own backend adds.
fn catalog() -> Backend {
    backend![
        greenroom::defaults,
        catalog_backend::defaults,
        catalog_backend::plugin,
        catalog_backend_module_files::module,
    ]
}

async fn started(config: Value) -> Started {
    let (running, lines) = start_with(catalog(), config).await;
    let running = running.unwrap_or_else(|error| panic!("it starts: {error}"));
    Started { running, lines }
}

fn names(entities: &Value) -> Vec<&str> {
    let entities = entities.as_array().expect("it is a list");
    let names = entities.iter().map(|it| it["metadata"]["name"].as_str());
    names.map(Option::unwrap_or_default).collect()
}

#[tokio::test]
async fn the_example_serves_what_its_modules_contribute() {
    let config = format!(
        "backend:\n  listen: {{ host: 127.0.0.1, port: 0 }}\ncatalog:\n  locations:\n    - type: file\n      \
         target: {REPOSITORY}/examples/catalog/entities/catalog-info.yaml\n"
    );
    let mut program = Program::example("catalog", &[], &config);
    let address = program.address().await;
    let ask = async |path: &str| get(address, path).await;

    let all = ask("/api/catalog/entities?fields=metadata.name").await;
    assert_eq!(
        names(&all.json()),
        [
            "orders",
            "order-service",
            "storefront",
            "selling",
            "checkout",
            "platform",
            "everything",
            "order-database",
            "shop",
            "ada",
            "grace"
        ]
    );
    let path = "/api/catalog/entities?filter=kind=component,metadata.tags=java";
    assert_eq!(names(&ask(path).await.json()), ["order-service"]);
    let path = "/api/catalog/entities?filter=kind=user&filter=kind=domain&offset=1&limit=1";
    assert_eq!(names(&ask(path).await.json()), ["ada"]);

    // A module gave the database its owner, and the catalog made the other end of it.
    let database = ask("/api/catalog/entities/by-name/resource/default/order-database").await;
    assert_eq!(database.json()["spec"]["owner"], "group:default/platform");
    let platform = ask("/api/catalog/entities/by-name/Group/default/platform").await;
    assert_eq!(
        platform.json()["relations"],
        json!([
            { "type": "hasMember", "targetRef": "user:default/grace" },
            { "type": "ownerOf", "targetRef": "resource:default/order-database" },
        ])
    );
    let owned = ask("/api/teams/platform/owns").await;
    assert_eq!(owned.json(), json!(["resource:default/order-database"]));

    program.signal("TERM").await;
    let (status, log, errors) = program.end().await;
    assert_eq!((status.code(), &*errors), (Some(0), ""));
    let text = "The catalog has 11 entities, and 0 errors";
    assert!(log.iter().any(|line| line.contains(text)), "{log:#?}");
}

#[tokio::test]
async fn what_is_not_there_or_not_open_is_answered_with_the_errors_of_the_framework() {
    let config = json!({ "catalog": { "locations": [] } });
    let backend = started(config).await;
    let ask = async |path: &str| get(backend.address(), path).await;
    let missing = ask("/api/catalog/entities/by-name/component/default/nothing").await;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.json()["error"],
        json!({ "name": "NotFoundError", "message": "The catalog has no entity `component:default/nothing`" })
    );
    let wrong = ask("/api/catalog/entities?order=asc:kind").await;
    assert_eq!(
        (wrong.status, &wrong.json()["error"]["name"]),
        (400, &json!("InputError"))
    );
    let path = "/api/catalog/entities/by-name/component/default/%ff";
    let wrong = ask(path).await;
    assert_eq!(
        (wrong.status, &wrong.json()["error"]["name"]),
        (400, &json!("InputError"))
    );
    assert_eq!(ask("/api/catalog/errors").await.status, 401);
    backend.line("`catalog.locations` is empty");
    backend.running.stop().await;
}

#[tokio::test]
async fn broken_files_are_told_by_line_and_everything_else_is_served() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let group = |name: &str, rest: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: {name}\nspec:\n  type: team\n{rest}"
        )
    };
    let files = [
        ("a.yaml", group("first", "  children: []\n")),
        ("b.yaml", group("no name", "  parent: 3\n")),
        ("c.yaml", "kind: a: b\n".to_owned()),
        ("d.yaml", group("First", "  children: []\n")),
        ("e.yaml", group("last", "  children: [first]\n")),
    ];
    for (name, text) in files {
        fs::write(directory.path().join(name), text).expect("it can be written");
    }
    let at = |name: &str| directory.path().join(name).display().to_string();
    let config = json!({
        "backend": { "auth": { "dangerouslyDisableDefaultAuthPolicy": true } },
        "catalog": { "locations": [{ "type": "file", "target": at("*.yaml") }] },
    });
    let backend = started(config).await;
    let served = get(backend.address(), "/api/catalog/entities").await.json();
    assert_eq!(names(&served), ["first", "last"]);

    let errors = get(backend.address(), "/api/catalog/errors").await.json();
    let errors: Vec<_> = errors.as_array().expect("it is a list").iter().collect();
    let told = |index: usize, place: &str, message: &str| {
        assert_eq!(errors[index]["place"], at(place));
        let found = errors[index]["message"].as_str().unwrap_or_default();
        assert!(found.contains(message), "{found}");
    };
    told(0, "c.yaml:1", "this is not YAML");
    told(1, "b.yaml:4", "`metadata.name`: found `no name`");
    told(2, "b.yaml:5", "`spec.children`: it is missing");
    told(3, "b.yaml:7", "`spec.parent`: found `3`, wanted an entity");
    told(
        4,
        "d.yaml:1",
        &format!("the first is at {}", at("a.yaml:1")),
    );
    assert_eq!(errors.len(), 5);
    backend.line("b.yaml:7");
    backend.running.stop().await;
}

/// As `cargo run --example catalog` does, wherever it is called.
#[tokio::test]
async fn cargo_finds_the_example_with_its_configuration_and_its_entities() {
    let elsewhere = tempfile::tempdir().expect("a directory can be made");
    let environment = Environment::new(elsewhere.path())
        .with_variable("CARGO_MANIFEST_DIR", REPOSITORY)
        .with_variable("APP_CONFIG_backend_listen_port", "0")
        .with_executable(Path::new(REPOSITORY).join("target/debug/examples/catalog"));
    let config = ConfigArguments::files_in(Vec::new(), environment);
    let (sink, lines) = Sink::memory();
    let inputs = Inputs::new().with(config).with(sink);
    let running = catalog().start(inputs).await.expect("it starts");
    running.stop().await;
    // Without the module `ownership` the database has no owner, and nothing else is wrong.
    let errors: Vec<_> = lines
        .all()
        .into_iter()
        .filter(|line| line.contains(r#""level":"warn""#))
        .collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let place = "examples/catalog/entities/systems/storage.yaml:6: `spec.owner`: it is missing";
    assert!(errors[0].contains(place), "{errors:#?}");
}

#[tokio::test]
async fn a_location_that_is_no_file_is_a_mistake_in_the_configuration() {
    let location = json!({ "type": "url", "target": "https://example.com" });
    let config = json!({ "catalog": { "locations": [location] } });
    let (started, _) = start_with(catalog(), config).await;
    let error = started.expect_err("it is wrong").to_string();
    assert!(error.contains("`catalog.locations[0].type`"), "{error}");
    assert!(error.contains("wanted `file`"), "{error}");
}
