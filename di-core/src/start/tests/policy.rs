//! Who takes part in a start, and which failures it tolerates.

use super::support::*;
use crate::inject::Findings;
use crate::lifecycle::PluginState;
use crate::service::{Scope, ServiceMeta};
use crate::{OnFailure, PluginPolicy, StartError, StartupPolicy};

const CONFIG: ServiceMeta = service("test.config", Scope::Root);
const BASE: ServiceMeta = service("test.base", Scope::Root);
const ONLY: ServiceMeta = service("test.only", Scope::Root);
const WATCH: ServiceMeta = service("test.watch", Scope::Root);
const OWN: ServiceMeta = service("test.own", Scope::Plugin);

fn wrong(_: &crate::Instance, plugin: Option<&str>) -> Findings {
    Findings {
        mistakes: vec![format!("{} is wrong", plugin.unwrap_or("the root")).into()],
        ..Findings::default()
    }
}

fn disabled() -> PluginPolicy {
    PluginPolicy {
        disabled: true,
        ..PluginPolicy::default()
    }
}

fn goes_on() -> PluginPolicy {
    PluginPolicy {
        on_failure: Some(OnFailure::Continue),
        ..PluginPolicy::default()
    }
}

#[tokio::test]
async fn a_plugin_that_is_switched_off_is_left_out_with_all_that_is_its_own() {
    let stage = Stage::new().on("watch", async |taken| {
        let ids: Vec<_> = taken.root.plugins().iter().map(|one| one.id()).collect();
        taken.stage.write(format!("{ids:?}"));
        Ok(thing(taken.name))
    });
    let entries = [
        policy(),
        plugin(
            "off",
            &[needs(ONLY), needs(OWN), derived(CONFIG, wrong)],
            act!("off"),
        ),
        module("off", "m", &[], act!("m")),
        plugin("on", &[needs(BASE)], act!("on")),
        factory(ONLY, &[needs(BASE)], act!("only")),
        factory(BASE, &[], act!("base")),
        factory(OWN, &[], act!("own")),
        factory(CONFIG, &[], act!("config")),
        eager(WATCH, &[], act!("watch")),
    ];
    let inputs = stage.inputs().with(policy_of("off", disabled()));
    let running = backend(&entries).start(inputs).await.expect("it starts");
    let mut happened = stage.diary();
    happened.sort();
    assert_eq!(happened, [r#"["on"]"#, "base", "config", "on", "watch"]);
    let report = running.report();
    assert_eq!(report.disabled, ["off"]);
    assert!(
        report
            .features
            .iter()
            .all(|feature| feature.id != "off" && feature.id != "m")
    );
    let outcome = backend(&entries).start(stage.inputs()).await;
    assert!(
        matches!(outcome, Err(StartError::Settings { .. })),
        "its settings count when it takes part"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_plugin_that_fails_is_left_out_when_the_policy_says_so() {
    let stage = Stage::new()
        .on("own", async |_| Err("no".into()))
        .on("lost", async |_| panic!("nobody expects this"));
    let entries = [
        policy(),
        plugin("p", &[needs(OWN)], act!("p")),
        plugin("lost", &[], act!("lost")),
        plugin("q", &[], act!("q")),
        factory(OWN, &[], act!("own")),
    ];
    let tolerant = StartupPolicy {
        on_plugin_failure: OnFailure::Continue,
        ..StartupPolicy::default()
    };
    let inputs = stage.inputs().with(tolerant);
    let running = backend(&entries).start(inputs).await.expect("it starts");
    let states = ["p", "lost", "q"].map(|id| state(&running, id));
    assert_eq!(
        states,
        [
            PluginState::Failed,
            PluginState::Failed,
            PluginState::Started
        ]
    );
    let report = running.report();
    assert_eq!(report.failures.len(), 2);
    assert!(report.failures.iter().all(|failure| failure.tolerated));
    running.stop().await;

    let inputs = stage.inputs().with(policy_of("p", goes_on()));
    let failures = match backend(&entries).start(inputs).await {
        Err(StartError::Failed(report)) => report.failures,
        _ => panic!("`lost` may not fail"),
    };
    let mut tolerated: Vec<_> = failures
        .iter()
        .map(|failure| (&*failure.id, failure.tolerated))
        .collect();
    tolerated.sort();
    assert_eq!(tolerated, [("lost", false), ("test.own", true)]);
}

#[tokio::test]
async fn no_policy_tolerates_a_failed_root_service() {
    let stage = Stage::new().on("base", async |_| Err("no".into()));
    let entries = [
        policy(),
        plugin("p", &[needs(BASE)], act!("p")),
        factory(BASE, &[], act!("base")),
    ];
    let inputs = stage.inputs().with(policy_of("p", goes_on()));
    assert_eq!(failures(backend(&entries).start(inputs).await).len(), 1);
}

#[tokio::test]
async fn an_id_that_the_policy_alone_knows_is_pointed_out() {
    let stage = Stage::new();
    let mut policy_value = policy_of("catlog", PluginPolicy::default());
    let modules = [("gitub".to_owned(), OnFailure::Continue)].into();
    let of_shop = PluginPolicy {
        modules,
        ..PluginPolicy::default()
    };
    policy_value.plugins.insert("shop".to_owned(), of_shop);
    policy_value
        .plugins
        .insert("elsewhere".to_owned(), PluginPolicy::default());
    let entries = [
        policy(),
        plugin("catalog", &[], act!("catalog")),
        plugin("shop", &[], act!("shop")),
        module("shop", "github", &[], act!("github")),
    ];
    let inputs = stage.inputs().with(policy_value);
    let warnings = backend(&entries).check_derivations(inputs).await;
    assert_eq!(
        warnings.expect("a warning is no mistake"),
        [
            "the startup policy names plugin `catlog`, which this backend does not have; did you mean `catalog`?",
            "the startup policy names module `gitub` of plugin `shop`, which this backend does not have; did you mean `github`?",
        ]
    );
    assert_eq!(stage.diary(), [""; 0], "nothing but the policy was built");
}

#[tokio::test]
async fn mistakes_of_the_policy_are_told_with_those_of_all_others() {
    let stage = Stage::new();
    let crate::feature::Listing::Feature(feature) = policy().listing else {
        unreachable!()
    };
    let mut dependencies = feature.meta.dependencies.to_vec();
    dependencies.push(derived(CONFIG, wrong));
    let meta = crate::feature::FeatureMeta {
        dependencies: keep(dependencies),
        ..*feature.meta
    };
    let policy = crate::Entry {
        listing: crate::feature::Listing::Feature(crate::feature::Feature {
            meta: keep(meta),
            ..feature
        }),
        ..policy()
    };
    let entries = [
        policy,
        plugin("p", &[derived(CONFIG, wrong)], act!("p")),
        factory(CONFIG, &[], act!("config")),
    ];
    let Err(StartError::Settings { mistakes, .. }) = stage.start(&entries).await else {
        panic!("two mistakes")
    };
    let mut texts: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    texts.sort();
    assert_eq!(texts, ["p is wrong", "the root is wrong"]);
    assert_eq!(stage.diary(), ["config"]);
}
