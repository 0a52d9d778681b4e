//! The log of a test, and files.

use greenroom::logger::Level;
use greenroom::prelude::*;
use greenroom_test_kit::{TestDirectory, test_backend};
use serde_json::json;

#[backend_plugin(id = "one")]
async fn one(logger: Logger, lifecycle: Lifecycle) {
    logger.warn_with("the index is old", json!({ "days": 3 }));
    lifecycle.spawn("count", async {
        tokio::task::yield_now().await;
        tracing::info!("counted");
        Ok(())
    });
}

#[backend_plugin(id = "two")]
async fn two() {
    tracing::error!("the shop is closed");
}

#[tokio::test]
async fn lines_are_found_by_plugin_level_text_and_field() {
    let backend = test_backend![one, two].start().await;
    let logs = backend.logs();
    assert_eq!(
        logs.clone().plugin("two").messages(),
        ["the shop is closed"]
    );
    assert_eq!(
        logs.clone().level(Level::Error).messages(),
        ["the shop is closed"]
    );
    assert_eq!(
        logs.clone().field("days", 3).messages(),
        ["the index is old"]
    );
    let line = logs.clone().plugin("one").containing("old");
    assert_eq!(line.assert_contains("index").fields["days"], 3);
    logs.plugin("one").level(Level::Error).assert_empty();
}

#[tokio::test]
async fn what_happens_in_the_background_can_be_waited_for() {
    let backend = test_backend![one].start().await;
    backend.logged("counted").await;
    backend.logs().plugin("one").assert_contains("counted");
}

/// Something that a handler does, and that a test may also do without a backend.
fn sweep() {
    tracing::info!("swept");
}

#[backend_plugin(id = "sweeper")]
async fn sweeper(http_router: HttpRouter) {
    http_router.mount(Router::new().route("/", post(async || sweep())));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

#[tokio::test]
async fn a_test_that_listens_to_nothing_does_not_silence_a_backend() {
    let backend = test_backend![sweeper].start().await;
    let other = std::thread::spawn(sweep);
    other.join().expect("it does not panic");
    let answer = backend.post("/api/sweeper").send().await;
    answer.assert_status(200);
    answer.logs().assert_contains("swept");
}

#[tokio::test]
async fn assertions_show_the_lines_among_which_they_looked() {
    let backend = test_backend![one, two].start().await;
    let of_two = backend.logs().plugin("two");
    let text = crate::failure(|| {
        of_two.assert_contains("open");
    });
    let expected = "no line of plugin `two` says `open`.\nlog of plugin `two`:\n  error two: the shop is closed";
    assert!(text.starts_with(expected), "{text}");
    let errors = backend.logs().level(Level::Error);
    let text = crate::failure(|| errors.assert_empty());
    assert!(
        text.starts_with(
            "there should be no line of level error.\nlog of level error:\n  error two: "
        ),
        "{text}"
    );
}

#[test]
fn a_directory_holds_the_files_of_its_test_and_is_removed() {
    let directory = TestDirectory::new().file("a/b.txt", "text");
    let path = directory.path().to_owned();
    assert_eq!(directory.read("a/b.txt"), "text");
    let text = crate::failure(|| directory.resolve("../b.txt"));
    assert_eq!(
        text,
        "`../b.txt` leads out of the test's directory: name a path within it"
    );
    drop(directory);
    assert!(!path.exists());
}
