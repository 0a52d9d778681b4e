//! What would be started.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom_test_kit::test_backend;

#[service(id = "wiring.pool")]
struct Pool;

#[service_factory]
fn pool() -> Arc<Pool> {
    Arc::new(Pool)
}

#[service(id = "wiring.unused")]
struct Unused;

#[service_factory]
fn unused() -> Arc<Unused> {
    Arc::new(Unused)
}

#[backend_plugin(id = "store")]
async fn store(_pool: Arc<Pool>) {}

#[backend_module(plugin = "store", id = "extra")]
async fn extra() {}

#[test]
fn what_is_wired_can_be_asserted_without_a_start() {
    let wiring = test_backend![store, extra, pool, unused].wiring();
    wiring
        .assert_started("store")
        .assert_not_started("wiring.unused")
        .assert_before("wiring.pool", "store")
        .assert_before("store/extra", "store")
        .assert_before("core.rootConfig", "core.rootLogger");
    let providers = wiring.providers("wiring.pool");
    assert!(
        matches!(providers[..], [path] if path.ends_with("wiring::pool")),
        "{providers:?}"
    );
    assert!(wiring.providers("wiring.unused").is_empty());
    let brought = test_backend![store, pool].service(Arc::new(Pool)).wiring();
    assert_eq!(
        brought.providers("wiring.pool"),
        ["greenroom_test_kit::TestBackend::service"]
    );
}

#[test]
fn assertions_show_what_would_be_started() {
    let wiring = test_backend![store, extra, pool].wiring();
    let table = [
        (
            crate::failure(|| {
                wiring.assert_started("shop");
            }),
            "`shop` is not started.\nstarted, in this order:\n  core.",
        ),
        (
            crate::failure(|| {
                wiring.assert_not_started("store");
            }),
            "`store` should not be started.\nstarted, ",
        ),
        (
            crate::failure(|| {
                wiring.assert_before("store", "wiring.pool");
            }),
            "`store` should be started before `wiring.pool`.\n",
        ),
    ];
    for (text, expected) in table {
        assert!(
            text.starts_with(expected) && text.contains("\n  store/extra\n  store"),
            "{text}"
        );
    }
}
