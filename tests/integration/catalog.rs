//! The example `catalog`: crates that compile apart, checked together and asked over HTTP.

use std::path::Path;
use std::sync::Arc;

use greenroom::config::{Environment, LoadOptions, RootConfigService, load};
use greenroom::logger::Level;
use greenroom_test_kit::mock_credentials::default_user;
use greenroom_test_kit::{TestBackend, TestDirectory, test_backend};
use serde_json::{Value, json};

use super::support::get;
use super::support::program::{self, Parts as _};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");

/// The catalog without what the example's own backend adds.
fn catalog() -> TestBackend {
    test_backend![
        catalog_backend::defaults,
        catalog_backend::plugin,
        catalog_backend_module_files::module,
    ]
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
    let mut program = program::example("catalog", &[], &config);
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
    let (status, log, errors) = program.parts().await;
    assert_eq!((status.code(), &*errors), (Some(0), ""));
    let text = "The catalog has 11 entities, and 0 errors";
    assert!(log.iter().any(|line| line.contains(text)), "{log:#?}");
}

#[tokio::test]
async fn what_is_not_there_or_not_open_is_answered_with_the_errors_of_the_framework() {
    let config = json!({ "catalog": { "locations": [] } });
    let backend = catalog().config(config).start().await;
    let nothing = "/api/catalog/entities/by-name/component/default/nothing";
    let missing: Value = backend.get(nothing).send().await.assert_status(404).json();
    assert_eq!(
        missing["error"],
        json!({ "name": "NotFoundError", "message": "The catalog has no entity `component:default/nothing`" })
    );
    for (path, name) in [
        ("/api/catalog/entities?order=asc:kind", "InputError"),
        (
            "/api/catalog/entities/by-name/component/default/%ff",
            "URIError",
        ),
    ] {
        let wrong: Value = backend.get(path).send().await.assert_status(400).json();
        assert_eq!(wrong["error"]["name"], name);
    }
    let errors = backend.get("/api/catalog/errors").send().await;
    errors.assert_status(401);
    backend
        .logs()
        .assert_contains("`catalog.locations` is empty");
}

#[tokio::test]
async fn broken_files_are_told_by_line_and_everything_else_is_served() {
    let group = |name: &str, rest: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: {name}\nspec:\n  type: team\n{rest}"
        )
    };
    let directory = TestDirectory::new()
        .file("a.yaml", group("first", "  children: []\n"))
        .file("b.yaml", group("no name", "  parent: 3\n"))
        .file("c.yaml", "kind: a: b\n")
        .file("d.yaml", group("First", "  children: []\n"))
        .file("e.yaml", group("last", "  children: [first]\n"));
    let at = |name: &str| directory.path().join(name).display().to_string();
    let location = json!({ "type": "file", "target": at("*.yaml") });
    let backend = catalog()
        .config(json!({ "catalog": { "locations": [location] } }))
        .default_credentials(default_user())
        .start()
        .await;
    let served = backend.get("/api/catalog/entities").send().await;
    assert_eq!(names(&served.json()), ["first", "last"]);

    let errors = backend.get("/api/catalog/errors").send().await;
    let errors: Vec<Value> = errors.json();
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
    backend.logs().assert_contains("b.yaml:7");
}

/// As `cargo run --example catalog` does, wherever it is called.
#[tokio::test]
async fn cargo_finds_the_example_with_its_configuration_and_its_entities() {
    let elsewhere = TestDirectory::new();
    let environment = Environment::new(elsewhere.path())
        .with_variable("CARGO_MANIFEST_DIR", REPOSITORY)
        .with_executable(Path::new(REPOSITORY).join("target/debug/examples/catalog"));
    let options = LoadOptions {
        environment,
        ..LoadOptions::default()
    };
    let config = load(options).expect("the example's configuration is whole");
    let backend = catalog().service::<dyn RootConfigService>(Arc::new(config));
    let backend = backend.start().await;
    // Without the module `ownership` the database has no owner, and nothing else is wrong.
    let warnings = backend.logs().level(Level::Warn);
    assert_eq!(warnings.lines().len(), 1, "{warnings}");
    warnings.assert_contains(
        "examples/catalog/entities/systems/storage.yaml:6: `spec.owner`: it is missing",
    );
}

#[tokio::test]
async fn a_location_that_is_no_file_is_a_mistake_in_the_configuration() {
    let location = json!({ "type": "url", "target": "https://example.com" });
    let config = json!({ "catalog": { "locations": [location] } });
    let failed = catalog().config(config).start_error().await;
    let error = failed.to_string();
    assert!(error.contains("`catalog.locations[0].type`"), "{error}");
    assert!(error.contains("wanted `file`"), "{error}");
}
