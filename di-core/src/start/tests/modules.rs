//! Modules: before their plugin, one after the other, with the extension points in their hands.

use super::support::*;
use crate::lifecycle::PluginState;
use crate::{Instance, OnFailure, PluginPolicy, StartupPolicy};

/// Writes its name into the point, after others had every chance to run.
async fn write_word(mut taken: Taken) -> Result<Instance, crate::BoxError> {
    let mut words = taken.rest.lend::<Words>()?;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    words.0.push(taken.name);
    nothing()
}

async fn tell_words(mut taken: Taken) -> Result<Instance, crate::BoxError> {
    let words: Words = taken.take()?;
    taken.stage.write(format!("{:?}", words.0));
    nothing()
}

fn shop() -> [crate::Entry; 4] {
    [
        plugin("shop", &[offers()], act!("shop")),
        module("shop", "a", &[extends()], act!("a")),
        module("shop", "b", &[extends()], act!("b")),
        plugin("other", &[], act!("other")),
    ]
}

fn stage() -> Stage {
    Stage::new()
        .on("a", write_word)
        .on("b", write_word)
        .on("shop", tell_words)
}

fn continues_without_modules() -> StartupPolicy {
    StartupPolicy {
        on_module_failure: OnFailure::Continue,
        ..StartupPolicy::default()
    }
}

#[tokio::test]
async fn modules_write_in_turn_and_their_plugin_receives_it_all() {
    let stage = stage();
    let running = stage.start(&shop()).await.expect("it starts");
    let mut happened = stage.diary();
    happened.retain(|what| what != "other");
    assert_eq!(happened, ["a", "b", "shop", r#"["a", "b"]"#]);
    let report = running.report();
    let module = report.features.iter().find(|feature| feature.id == "a");
    assert_eq!(
        module.map(ToString::to_string).as_deref(),
        Some("module `a` of plugin `shop`")
    );
    running.stop().await;
}

#[tokio::test]
async fn a_failed_module_keeps_its_plugin_down_and_all_others_have_their_turn() {
    let stage = stage().on("a", async |_| Err("no".into()));
    assert_eq!(
        failures(stage.start(&shop()).await),
        [
            "module `a` of plugin `shop` failed: no\n    at src/lib.rs:7:1\n    keeps from starting plugin `shop`"
        ]
    );
    assert_eq!(
        (stage.times("b"), stage.times("other"), stage.times("shop")),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn a_module_that_the_policy_can_do_without_is_listed_and_its_plugin_starts() {
    let stage = stage().on("a", async |_| Err("no".into()));
    let mut entries = shop().to_vec();
    entries.push(policy());
    let inputs = stage.inputs().with(continues_without_modules());
    let running = backend(&entries).start(inputs).await.expect("it starts");
    assert_eq!(stage.times(r#"["b"]"#), 1, "{:?}", stage.diary());
    assert_eq!(state(&running, "shop"), PluginState::Started);
    let failures = &running.report().failures;
    assert_eq!(
        texts(failures),
        ["module `a` of plugin `shop` failed: no\n    at src/lib.rs:7:1"]
    );
    assert!(failures[0].tolerated);
    running.stop().await;
}

#[tokio::test]
async fn a_module_that_panics_with_the_point_in_its_hands_fails_the_owner() {
    let stage = stage().on("a", async |mut taken| {
        let _words = taken.rest.lend::<Words>()?;
        panic!("dropped it")
    });
    let mut entries = shop().to_vec();
    entries.push(policy());
    let inputs = stage.inputs().with(continues_without_modules());
    let failures = failures(backend(&entries).start(inputs).await);
    assert_eq!(failures.len(), 3, "{failures:?}");
    assert!(failures[0].contains("module `a` of plugin `shop` failed: it panicked: dropped it"));
    assert!(
        failures[1]
            .contains("module `b` of plugin `shop` failed: extension point `shop.words` was lost")
    );
    assert!(failures[2].contains("plugin `shop` failed: extension point `shop.words` was lost"));
}

#[tokio::test]
async fn a_module_that_cannot_start_does_not_let_the_next_one_run_beside_the_one_before() {
    let broken = service("test.broken", crate::Scope::Root);
    let own = service("test.own", crate::Scope::Plugin);
    let stage = stage()
        .on("own", async |_| Err("no".into()))
        .on("middle", write_word);
    let entries = [
        plugin("shop", &[offers()], act!("shop")),
        module("shop", "a", &[extends()], act!("a")),
        module("shop", "b", &[extends(), needs(own)], act!("middle")),
        module("shop", "c", &[extends()], act!("b")),
        factory(own, &[maybe(broken)], act!("own")),
        policy(),
    ];
    let inputs = stage.inputs().with(continues_without_modules());
    let running = backend(&entries).start(inputs).await.expect("it starts");
    assert_eq!(stage.times("middle"), 0);
    assert_eq!(stage.times(r#"["a", "b"]"#), 1, "{:?}", stage.diary());
    assert_eq!(running.report().failures[0].modules, ["b"]);
    running.stop().await;
}

#[tokio::test]
async fn a_plugin_that_fails_for_its_module_is_left_out_when_the_policy_says_so() {
    let stage = stage().on("a", async |_| Err("no".into()));
    let mut entries = shop().to_vec();
    entries.push(policy());
    let goes_on = PluginPolicy {
        on_failure: Some(OnFailure::Continue),
        ..PluginPolicy::default()
    };
    let inputs = stage.inputs().with(policy_of("shop", goes_on));
    let running = backend(&entries).start(inputs).await.expect("it starts");
    assert_eq!(state(&running, "shop"), PluginState::Failed);
    assert_eq!(state(&running, "other"), PluginState::Started);
    assert_eq!(running.report().failed().collect::<Vec<_>>(), ["shop"]);
    running.stop().await;
}
