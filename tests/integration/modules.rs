//! Modules, extension points, decorators and multitons at run time.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use greenroom::RootContext;
use greenroom::prelude::*;
use greenroom_test_kit::{TestBackend, test_backend};
use tokio::sync::Barrier;

/// Tells the test what happens, by the channel that it brings.
fn tell(context: &RootContext, what: impl Into<String>) {
    let told = context.input::<Sender<String>>();
    let told = told.expect("the test brings a channel");
    // A test that has ended asks no more.
    let _ = told.send(what.into());
}

/// What happens in a backend while it starts, in this order.
async fn told_by(backend: TestBackend) -> Vec<String> {
    let (told, happened) = channel::<String>();
    let _backend = backend.input(told).start().await;
    happened.try_iter().collect()
}

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<&'static str>);

#[extension_point(plugin = "catalog", id = "catalog.readers")]
#[derive(Default)]
struct Readers(Vec<&'static str>);

#[backend_plugin(id = "catalog")]
async fn catalog(sources: Sources, context: Arc<RootContext>) {
    tell(&context, format!("catalog of {}", sources.0.join("+")));
}

/// Offers readers to other modules; by its id it would be the first.
#[backend_module(plugin = "catalog", id = "a-reading")]
async fn reading(readers: Readers, sources: &mut Sources, context: Arc<RootContext>) -> Result<()> {
    tokio::task::yield_now().await;
    tell(&context, "reading");
    sources.0.extend(readers.0);
    Ok(())
}

#[backend_module(plugin = "catalog", id = "b-files")]
fn files(context: Arc<RootContext>, sources: &mut Sources) {
    tell(&context, "files");
    sources.0.push("files");
}

#[backend_module(plugin = "catalog", id = "c-json")]
async fn json(readers: &mut Readers, sources: &mut Sources, context: Arc<RootContext>) {
    tokio::task::yield_now().await;
    tell(&context, "json");
    readers.0.push("json");
    sources.0.push("(json)");
}

#[backend_module(plugin = "catalog", id = "d-yaml")]
async fn yaml(readers: &mut Readers, context: Arc<RootContext>) {
    tell(&context, "yaml");
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
        assert_eq!(told_by(backend).await, expected);
    }
}

/// Waits for the other: the two can only end together.
async fn meet(context: &RootContext) {
    let barrier = context.input::<Barrier>();
    barrier.expect("the test brings one").wait().await;
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
    let backend = test_backend![left, right, left_module, right_module];
    backend.input(Barrier::new(2)).start().await;
}

/// Each plugin has its own; a plugin and its modules share it.
#[service(id = "modules.till")]
struct Till;

#[service_factory]
fn till() -> Arc<Till> {
    Arc::new(Till)
}

#[extension_point(plugin = "shop", id = "shop.tills", constructed_by = "tills")]
struct Tills {
    made_with: Arc<Till>,
    seen: Vec<Arc<Till>>,
}

#[service_factory]
async fn tills(till: Arc<Till>, context: Arc<RootContext>) -> Result<Tills> {
    tell(&context, "tills");
    Ok(Tills {
        made_with: till,
        seen: Vec::new(),
    })
}

#[backend_plugin(id = "shop")]
async fn shop(till: Arc<Till>, tills: Tills, context: Arc<RootContext>) {
    assert_eq!(tills.seen.len(), 2);
    let all = tills.seen.iter().chain([&tills.made_with]);
    assert!(all.into_iter().all(|seen| Arc::ptr_eq(seen, &till)));
    tell(&context, "shop");
}

#[backend_module(plugin = "shop", id = "one")]
async fn one(till: Arc<Till>, tills: &mut Tills) {
    tills.seen.push(till);
}

#[backend_module(plugin = "shop", id = "two")]
fn two(tills: &mut Tills, till: Arc<Till>) {
    tills.seen.push(till);
}

#[tokio::test]
async fn a_constructor_makes_a_point_once_and_modules_share_the_services_of_their_plugin() {
    let told = told_by(test_backend![one, two, shop, tills, till]).await;
    assert_eq!(told, ["tills", "shop"]);
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
    tell(&context, "loud");
    Arc::new(Loudness('!'))
}

#[service_factory(eager)]
fn puzzled(context: Arc<RootContext>) -> Arc<Loudness> {
    tell(&context, "puzzled");
    Arc::new(Loudness('?'))
}

#[backend_plugin(id = "speaker")]
fn speaker(words: Option<Arc<dyn Words>>, context: Arc<RootContext>) {
    let words = words.map_or_else(String::new, |words| words.say());
    tell(&context, words);
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
        assert_eq!(told_by(backend).await.pop().as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn of_a_multiton_that_nobody_takes_the_eager_factories_alone_run() {
    let told = told_by(test_backend![defaults, mute, puzzled, shouted]).await;
    assert_eq!(told, ["puzzled"]);
}
