//! What services are built of, how often, and what is told when one cannot be built.

use std::sync::Arc;

use super::support::*;
use crate::service::Scope;

const BASE: crate::service::ServiceMeta = service("test.base", Scope::Root);
const OWN: crate::service::ServiceMeta = service("test.own", Scope::Plugin);
const MANY: crate::service::ServiceMeta = multiton("test.many", Scope::Root);

#[tokio::test]
async fn a_multiton_brings_what_all_its_factories_built_in_listed_order() {
    let stage = Stage::new().on("plugin", async |mut taken| {
        let all: Vec<Arc<Thing>> = taken.take()?;
        let ids = all.iter().map(|thing| thing.0).collect::<Vec<_>>();
        taken.stage.write(format!("{ids:?}"));
        nothing()
    });
    let entries = [
        factory(MANY, &[], act!("first")),
        plugin("p", &[many(MANY)], act!("plugin")),
        factory(MANY, &[needs(BASE)], act!("second")),
        factory(BASE, &[], act!("base")),
    ];
    let running = stage.start(&entries).await.expect("it starts");
    assert_eq!(
        stage.times(r#"["first", "second"]"#),
        1,
        "{:?}",
        stage.diary()
    );
    running.stop().await;
}

#[tokio::test]
async fn what_nobody_provides_is_an_empty_list_and_no_option() {
    let stage = Stage::new().on("plugin", async |mut taken| {
        let all: Vec<Arc<Thing>> = taken.take()?;
        let one: Option<Arc<Thing>> = taken.take()?;
        taken
            .stage
            .write(format!("{} {}", all.len(), one.is_none()));
        nothing()
    });
    let entries = [plugin("p", &[many(MANY), maybe(BASE)], act!("plugin"))];
    let running = stage.start(&entries).await.expect("it starts");
    assert_eq!(stage.diary(), ["plugin", "0 true"]);
    running.stop().await;
}

#[tokio::test]
async fn a_decorator_stands_between_a_service_and_all_that_take_it() {
    let wrap = async |mut taken: Taken| {
        let inner: Arc<Thing> = taken.take()?;
        Ok(thing(keep(format!("{} of {}", taken.name, inner.0))))
    };
    let stage = Stage::new()
        .on("inner", wrap)
        .on("outer", wrap)
        .on("plugin", async |mut taken| {
            let thing: Arc<Thing> = taken.take()?;
            taken.stage.write(thing.0);
            nothing()
        });
    let entries = [
        decorator(OWN, &[needs(OWN)], act!("inner")),
        decorator(OWN, &[needs(OWN)], act!("outer")),
        plugin("p", &[needs(OWN)], act!("plugin")),
        factory(OWN, &[], act!("own")),
    ];
    let running = stage.start(&entries).await.expect("it starts");
    assert_eq!(
        stage.diary(),
        ["own", "inner", "outer", "plugin", "outer of inner of own"]
    );
    running.stop().await;
}

#[tokio::test]
async fn a_failed_factory_is_told_once_with_its_plugin_and_cause() {
    let stage = Stage::new()
        .on("own", async |_| Err("the disk is full".into()))
        .on("lost", async |_| panic!("nobody expects this"));
    let entries = [
        plugin("p", &[needs(OWN)], act!("p")),
        module("p", "m", &[needs(OWN)], act!("m")),
        plugin("q", &[], act!("q")),
        plugin("lost", &[], act!("lost")),
        factory(OWN, &[], act!("own")),
    ];
    assert_eq!(
        failures(stage.start(&entries).await),
        [
            "plugin `lost` failed: it panicked: nobody expects this\n    at src/lib.rs:7:1"
                .to_owned(),
            format!(
                "service `test.own` for plugin `p` failed: the disk is full\n    at {}\n    \
                 keeps from starting module `m` of plugin `p`, plugin `p`",
                match entries[4].listing {
                    crate::feature::Listing::Feature(feature) => feature.meta.place,
                    crate::feature::Listing::Set(_) => unreachable!(),
                }
            ),
        ]
    );
    assert_eq!(
        (stage.times("own"), stage.times("q"), stage.times("p")),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn a_failed_root_service_keeps_every_plugin_from_starting() {
    let stage = Stage::new().on("base", async |_| Err("no".into()));
    let entries = [
        plugin("p", &[needs(BASE)], act!("p")),
        plugin("q", &[], act!("q")),
        factory(BASE, &[], act!("base")),
    ];
    let failures = failures(stage.start(&entries).await);
    assert_eq!(failures.len(), 1);
    assert!(
        failures[0].starts_with("service `test.base` failed: no\n"),
        "{failures:?}"
    );
    assert!(
        failures[0].ends_with("keeps from starting plugin `p`"),
        "{failures:?}"
    );
    assert_eq!(stage.diary(), ["base"]);
}
