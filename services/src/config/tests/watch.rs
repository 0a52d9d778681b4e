//! Tests of following changes. All but the last look by hand; that one has a clock that stands still.

use std::fs;
use std::io::Write;
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::Dir;
use crate::config::service::{INTERVAL, Look};
use crate::config::{FileConfig, RootConfigService, load};

fn started(dir: &Dir) -> FileConfig {
    load(dir.options(&[])).expect("it loads")
}

/// Looks until the change has come to rest.
fn settle(service: &FileConfig) -> Look {
    assert_eq!(service.look(), Look::Settling);
    service.look()
}

fn value(service: &FileConfig) -> String {
    service.current().get("a.b").expect("it is there")
}

/// A file system's clock may not tick between two writes of a test; their lengths differ instead.
const FIRST: &str = "a: {b: first}\n";

#[test]
fn a_save_is_taken_over_once_it_rests() {
    let dir = Dir::with(&[("app-config.yaml", FIRST)]);
    let service = started(&dir);
    let mut follower = service.subscribe();
    let before = service.current();
    assert_eq!(service.look(), Look::Unchanged);
    dir.write("app-config.yaml", "a: {b: the second}\n");
    assert_eq!(service.look(), Look::Settling);
    dir.write("app-config.yaml", "a: {b: the second, and more}\n");
    assert_eq!(service.look(), Look::Settling);
    assert!(!follower.has_changed().expect("the service lives"));
    assert_eq!(service.look(), Look::Reloaded);
    assert_eq!(service.look(), Look::Unchanged);
    assert_eq!(value(&service), "the second");
    assert!(follower.has_changed().expect("the service lives"));
    assert_eq!(
        follower.borrow_and_update().get::<String>("a.b").as_deref(),
        Ok("the second")
    );
    assert_eq!(before.get::<String>("a.b").as_deref(), Ok("first"));
}

#[test]
fn a_file_that_is_replaced_by_another_is_a_change() {
    let dir = Dir::with(&[("app-config.yaml", FIRST)]);
    let service = started(&dir);
    for text in ["a: {b: other}\n", "a: {b: third}\n"] {
        dir.write("app-config.yaml.swp", text);
        let target = dir.path().join("app-config.yaml");
        fs::rename(dir.path().join("app-config.yaml.swp"), target).expect("it can be renamed");
        assert_eq!(settle(&service), Look::Reloaded);
    }
    assert_eq!(value(&service), "third");
}

#[test]
fn included_files_and_files_that_appear_are_watched() {
    let dir = Dir::with(&[
        (
            "app-config.yaml",
            "a: {$include: sub/inc.yaml}\nc: {$file: c.txt}\n",
        ),
        ("sub/inc.yaml", "b: first\n"),
        ("c.txt", "c"),
    ]);
    let service = started(&dir);
    dir.write("sub/inc.yaml", "b: from the include\n");
    assert_eq!(settle(&service), Look::Reloaded);
    assert_eq!(value(&service), "from the include");
    dir.write("c.txt", "longer");
    assert_eq!(settle(&service), Look::Reloaded);
    assert_eq!(
        service.current().get::<String>("c").as_deref(),
        Ok("longer")
    );
    dir.write("app-config.local.yaml", "a: {b: mine}\n");
    assert_eq!(settle(&service), Look::Reloaded);
    assert_eq!(value(&service), "mine");
    fs::remove_file(dir.path().join("app-config.local.yaml")).expect("it can be removed");
    assert_eq!(settle(&service), Look::Reloaded);
    assert_eq!(value(&service), "from the include");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("no test panics in here")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn bad_saves_are_told_and_the_last_good_state_stays() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // While there is a single dispatch, tracing lets the first thread that comes by, which may be
    // another test's, decide for all threads whether a line is wanted.
    let _second = tracing::Dispatch::new(
        tracing_subscriber::fmt()
            .with_writer(std::io::sink)
            .finish(),
    );
    tracing::subscriber::with_default(subscriber, || {
        let dir = Dir::with(&[
            ("app-config.yaml", "a: {$include: inc.yaml}\n"),
            ("inc.yaml", "b: first\n"),
        ]);
        let service = started(&dir);
        for bad in [
            "a: [1\n",
            "a: {b: 1}\na: {b: 22}\n",
            "a: {$include: gone.yaml}\n",
        ] {
            dir.write("app-config.yaml", bad);
            assert_eq!(settle(&service), Look::Refused, "{bad}");
            assert_eq!(service.look(), Look::Unchanged);
            assert_eq!(value(&service), "first");
        }
        dir.write("gone.yaml", "b: it came\n");
        assert_eq!(settle(&service), Look::Reloaded);
        assert_eq!(value(&service), "it came");
    });
    let text = String::from_utf8(log.0.lock().expect("no test panics in there").clone());
    let text = text.expect("logs are text");
    assert!(
        text.contains("WARN") && text.contains("the last good one stays"),
        "{text}"
    );
    assert!(
        text.contains("app-config.yaml:2:1: the key `a` stands here a second time"),
        "{text}"
    );
    assert!(
        text.contains("INFO") && text.contains("was reloaded"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_watcher_follows_the_clock_of_the_runtime_and_ends_with_the_service() {
    let dir = Dir::with(&[("app-config.yaml", FIRST)]);
    let service = started(&dir);
    let mut follower = service.subscribe();
    let before = Instant::now();
    service.watch();
    service.watch();
    dir.write("app-config.yaml", "a: {b: the second}\n");
    // The clock goes on only while everything waits for it, so no real time passes between the looks.
    follower.changed().await.expect("the service lives");
    assert_eq!(value(&service), "the second");
    assert_eq!(before.elapsed(), 2 * INTERVAL, "it is the second look");
    drop(service);
    // The task held the sender too: that it is gone shows that the task is.
    assert!(follower.changed().await.is_err());
}
