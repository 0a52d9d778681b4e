//! Modules alone.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom_test_kit::test_backend;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources {
    names: Vec<String>,
}

#[extension_point(plugin = "catalog", id = "catalog.readers")]
#[derive(Default)]
struct Readers(Vec<&'static str>);

#[extension_point(plugin = "search", id = "search.indices", constructed_by = "indices")]
struct Indices {
    logger: Option<Logger>,
    names: Vec<&'static str>,
}

#[backend_module(plugin = "catalog", id = "files")]
async fn files(sources: &mut Sources, logger: Logger) {
    logger.info("entities come from files too");
    sources.names.push("files".to_owned());
}

#[backend_module(plugin = "catalog", id = "git")]
async fn git(sources: &mut Sources, readers: &mut Readers) {
    sources.names.push("git".to_owned());
    readers.0.push("git");
}

/// Offers a point itself, so that the stand-in does not.
#[backend_module(plugin = "catalog", id = "reading")]
async fn reading(readers: Readers, sources: &mut Sources) {
    sources
        .names
        .push(format!("read by {}", readers.0.join("+")));
}

#[service_factory]
fn indices(logger: Logger) -> Indices {
    let logger = Some(logger);
    Indices {
        logger,
        names: Vec::new(),
    }
}

#[backend_module(plugin = "search", id = "titles")]
async fn titles(indices: &mut Indices) {
    indices.names.push("titles");
}

#[tokio::test]
async fn a_module_without_its_plugin_runs_and_what_it_wrote_can_be_read() {
    let backend = test_backend![files].start().await;
    assert_eq!(backend.extension_point::<Sources>().names, ["files"]);
    backend
        .logs()
        .plugin("catalog")
        .assert_contains("files too");
}

#[tokio::test]
async fn modules_of_several_absent_plugins_run_in_their_order() {
    let backend = test_backend![titles, reading, git, files, indices]
        .start()
        .await;
    let names = backend.extension_point::<Sources>().names;
    // `reading` waits for `git`, which writes to the point that it offers.
    assert_eq!(names, ["files", "git", "read by git"]);
    let indices = backend.extension_point::<Indices>();
    assert_eq!(indices.names, ["titles"]);
    assert!(indices.logger.is_some());
}

#[tokio::test]
async fn a_point_starts_from_the_value_of_the_test() {
    let sources = Sources {
        names: vec!["given".to_owned()],
    };
    let given = Indices {
        logger: None,
        names: vec!["given"],
    };
    let backend = test_backend![files, titles, indices];
    let backend = backend
        .extension_point(sources)
        .extension_point(given)
        .start()
        .await;
    assert_eq!(
        backend.extension_point::<Sources>().names,
        ["given", "files"]
    );
    let indices = backend.extension_point::<Indices>();
    assert_eq!(indices.names, ["given", "titles"]);
    assert!(indices.logger.is_none());
}

#[service(id = "catalog.listing", scope = "root")]
struct Listing(std::sync::Mutex<Vec<String>>);

#[backend_plugin(id = "catalog")]
async fn catalog(sources: Sources, listing: Arc<Listing>) {
    listing
        .0
        .lock()
        .expect("nobody panics with it")
        .extend(sources.names);
}

#[service_factory]
fn listing() -> Arc<Listing> {
    Arc::new(Listing(std::sync::Mutex::default()))
}

#[tokio::test]
async fn a_plugin_that_is_listed_has_no_stand_in() {
    let seen = Arc::new(Listing(std::sync::Mutex::default()));
    let backend = test_backend![catalog, files, listing]
        .service(Arc::clone(&seen))
        .start()
        .await;
    assert_eq!(*seen.0.lock().expect("nobody panics with it"), ["files"]);
    let text = crate::failure(|| backend.extension_point::<Sources>());
    assert!(
        text.contains("there is no extension point `catalog.sources` to read: it is here once"),
        "{text}"
    );
}

#[tokio::test]
async fn a_point_is_given_once() {
    let backend = test_backend![files].start().await;
    let _ = backend.extension_point::<Sources>();
    let text = crate::failure(|| backend.extension_point::<Sources>());
    assert!(
        text.contains("if a module of plugin `catalog` wrote to it"),
        "{text}"
    );
}
