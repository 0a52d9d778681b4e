//! Modules, extension points, decorators and multitons at run time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use greenroom::RootContext;
use greenroom::prelude::*;
use greenroom_test_kit::{StartedTestBackend, TestBackend, test_backend};
use tokio::sync::Barrier;

use super::support::{Diary, diary};

/// Starts a backend that has a diary.
async fn started(backend: TestBackend) -> (Diary, StartedTestBackend) {
    let diary = Diary::default();
    (diary.clone(), backend.input(diary).start().await)
}

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<&'static str>);

#[extension_point(plugin = "catalog", id = "catalog.readers")]
#[derive(Default)]
struct Readers(Vec<&'static str>);

#[backend_plugin(id = "catalog")]
async fn catalog(sources: Sources, context: Arc<RootContext>) {
    diary(&context).write(format!("catalog of {}", sources.0.join("+")));
}

/// Offers readers to other modules; by its id it would be the first.
#[backend_module(plugin = "catalog", id = "a-reading")]
async fn reading(readers: Readers, sources: &mut Sources, context: Arc<RootContext>) -> Result<()> {
    tokio::task::yield_now().await;
    diary(&context).write("reading");
    sources.0.extend(readers.0);
    Ok(())
}

#[backend_module(plugin = "catalog", id = "b-files")]
fn files(context: Arc<RootContext>, sources: &mut Sources) {
    diary(&context).write("files");
    sources.0.push("files");
}

#[backend_module(plugin = "catalog", id = "c-json")]
async fn json(readers: &mut Readers, sources: &mut Sources, context: Arc<RootContext>) {
    tokio::task::yield_now().await;
    diary(&context).write("json");
    readers.0.push("json");
    sources.0.push("(json)");
}

#[backend_module(plugin = "catalog", id = "d-yaml")]
async fn yaml(readers: &mut Readers, context: Arc<RootContext>) {
    diary(&context).write("yaml");
    readers.0.push("yaml");
}

#[tokio::test]
async fn modules_run_in_the_order_of_their_points_else_of_their_ids_and_before_their_plugin() {
    let expected = [
        "json",
        "yaml",
        "reading",
        "files",
        "catalog of (json)+json+yaml+files",
    ];
    for backend in [
        test_backend![catalog, reading, files, json, yaml],
        test_backend![yaml, json, files, reading, catalog],
        test_backend![files, yaml, catalog, json, reading],
    ] {
        let (diary, _backend) = started(backend).await;
        assert_eq!(diary.read(), expected);
    }
}

/// Two that can only end together.
#[derive(Clone)]
struct Rendezvous(Arc<Barrier>);

async fn meet(context: &RootContext) {
    let rendezvous = context.input::<Rendezvous>().expect("the test brings one");
    rendezvous.0.wait().await;
}

#[backend_plugin(id = "left")]
async fn left() {}

#[backend_module(plugin = "left", id = "one")]
async fn left_module(context: Arc<RootContext>) {
    meet(&context).await;
}

#[backend_plugin(id = "right")]
async fn right() {}

#[backend_module(plugin = "right", id = "one")]
async fn right_module(context: Arc<RootContext>) {
    meet(&context).await;
}

#[tokio::test]
async fn modules_of_different_plugins_run_at_once() {
    let rendezvous = Rendezvous(Arc::new(Barrier::new(2)));
    let backend = test_backend![left, right, left_module, right_module];
    backend.input(rendezvous).start().await;
}

static TILLS: AtomicUsize = AtomicUsize::new(0);

/// Each plugin has its own; a plugin and its modules share it.
#[service(id = "modules.till")]
struct Till(usize);

#[service_factory]
fn till() -> Arc<Till> {
    Arc::new(Till(TILLS.fetch_add(1, Ordering::Relaxed)))
}

#[extension_point(plugin = "shop", id = "shop.tills", constructed_by = "tills")]
struct Tills {
    made_with: usize,
    seen: Vec<usize>,
}

#[service_factory]
async fn tills(till: Arc<Till>, context: Arc<RootContext>) -> Result<Tills> {
    diary(&context).write("tills");
    Ok(Tills {
        made_with: till.0,
        seen: Vec::new(),
    })
}

#[backend_plugin(id = "shop")]
async fn shop(till: Arc<Till>, tills: Tills, context: Arc<RootContext>) {
    assert_eq!((tills.made_with, tills.seen), (till.0, vec![till.0; 2]));
    diary(&context).write("shop");
}

#[backend_module(plugin = "shop", id = "one")]
async fn one(till: Arc<Till>, tills: &mut Tills) {
    tills.seen.push(till.0);
}

#[backend_module(plugin = "shop", id = "two")]
fn two(tills: &mut Tills, till: Arc<Till>) {
    tills.seen.push(till.0);
}

#[tokio::test]
async fn a_constructor_makes_a_point_once_and_modules_share_the_services_of_their_plugin() {
    let (diary, _backend) = started(test_backend![one, two, shop, tills, till]).await;
    assert_eq!(diary.read(), ["tills", "shop"]);
}

#[service(id = "modules.words")]
trait Words: Send + Sync {
    fn say(&self) -> String;
}

struct Said(String);

impl Words for Said {
    fn say(&self) -> String {
        self.0.clone()
    }
}

#[service_factory]
fn words() -> Arc<dyn Words> {
    Arc::new(Said("default".to_owned()))
}

#[service_factory]
fn other_words() -> Arc<dyn Words> {
    Arc::new(Said("override".to_owned()))
}

#[service_decorator]
fn quoted(inner: Arc<dyn Words>) -> Arc<dyn Words> {
    Arc::new(Said(format!("\"{}\"", inner.say())))
}

#[service_decorator]
async fn shouted(inner: Arc<dyn Words>, loudness: Vec<Arc<Loudness>>) -> Result<Arc<dyn Words>> {
    let marks: String = loudness.iter().map(|loudness| loudness.0).collect();
    Ok(Arc::new(Said(inner.say() + &marks)))
}

#[service(id = "modules.loudness", multiton, scope = "root")]
struct Loudness(char);

#[service_factory]
fn loud(context: Arc<RootContext>) -> Arc<Loudness> {
    diary(&context).write("loud");
    Arc::new(Loudness('!'))
}

#[service_factory(eager)]
fn puzzled(context: Arc<RootContext>) -> Arc<Loudness> {
    diary(&context).write("puzzled");
    Arc::new(Loudness('?'))
}

#[backend_plugin(id = "speaker")]
fn speaker(words: Option<Arc<dyn Words>>, context: Arc<RootContext>) {
    let words = words.map_or_else(String::new, |words| words.say());
    diary(&context).write(words);
}

#[backend_plugin(id = "mute")]
fn mute() {}

features! {
    #[overridable]
    defaults = [words, loud]
}

#[tokio::test]
async fn decorators_wrap_in_listed_order_what_provides_the_service() {
    let table = [
        (test_backend![defaults, speaker], "default"),
        (
            test_backend![defaults, quoted, shouted, speaker],
            "\"default\"!",
        ),
        (
            test_backend![speaker, shouted, quoted, defaults],
            "\"default!\"",
        ),
        (
            test_backend![shouted, defaults, speaker, other_words],
            "override!",
        ),
        (test_backend![shouted, speaker, other_words], "override"),
        (
            test_backend![puzzled, shouted, defaults, speaker],
            "default?!",
        ),
        (
            test_backend![defaults, shouted, puzzled, loud, speaker],
            "default!?",
        ),
    ];
    for (backend, expected) in table {
        let (diary, _backend) = started(backend).await;
        assert_eq!(diary.read().pop().as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn of_a_multiton_that_nobody_takes_the_eager_factories_alone_run() {
    let (diary, _backend) = started(test_backend![defaults, mute, puzzled, shouted]).await;
    assert_eq!(diary.read(), ["puzzled"]);
}
