//! The module without its plugin: what it writes to the catalog's extension point, and what it refuses.

use catalog_backend_module_files::module;
use catalog_node::{Contribution, EntityProviders};
use greenroom_test_kit::{TestBackend, TestDirectory, test_backend};
use serde_json::{Value, json};

const SHOP: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Domain
metadata:
  name: shop
spec:
  owner: team
";

/// The module with this list of locations.
fn reading(locations: Value) -> TestBackend {
    test_backend![module].config(json!({ "catalog": { "locations": locations } }))
}

/// What the module contributes from the YAML files in a directory.
async fn contribution_of(directory: &TestDirectory) -> Contribution {
    let target = directory.resolve("*.yaml");
    let backend = reading(json!([{ "type": "file", "target": target }]));
    let backend = backend.start().await;
    let providers = backend.extension_point::<EntityProviders>().into_vec();
    assert_eq!(providers.len(), 1);
    let read = providers[0].read().await;
    read.expect("what is wrong with single files is no error of the whole")
}

#[tokio::test]
async fn entities_come_from_the_files_of_the_locations() {
    let directory = TestDirectory::new()
        .file("shop.yaml", SHOP)
        .file("notes.txt", "no entity");
    let contribution = contribution_of(&directory).await;
    let names = contribution.entities.iter();
    let names: Vec<_> = names.map(|it| it.entity.reference().to_string()).collect();
    assert_eq!(names, ["domain:default/shop"]);
    assert_eq!(contribution.errors, []);
}

/// A failure test: a file that is broken is told by its line, and the others are read.
#[tokio::test]
async fn a_broken_file_does_not_hide_the_others() {
    let directory = TestDirectory::new()
        .file("broken.yaml", SHOP.replace("name", "nam"))
        .file("shop.yaml", SHOP);
    let contribution = contribution_of(&directory).await;
    assert_eq!(contribution.entities.len(), 1);
    let broken = directory.resolve("broken.yaml");
    let expected = format!("{}:3: `metadata`: missing field `name`", broken.display());
    let errors: Vec<_> = contribution
        .errors
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(errors, [expected]);
}

#[tokio::test]
async fn no_locations_are_worth_a_warning() {
    let backend = reading(json!([])).start().await;
    let log = backend.logs().plugin("catalog");
    log.assert_contains("`catalog.locations` is empty");
}

/// A failure test: settings that are wrong keep the backend from starting.
#[tokio::test]
async fn a_location_of_another_kind_is_told_by_its_key() {
    let backend = reading(json!([{ "type": "url", "target": "https://example.com" }]));
    let error = backend.start_error().await.to_string();
    assert!(error.contains("`catalog.locations[0].type`"), "{error}");
}
