//! Values: what was kept comes back, for as long as it was to be kept, to whom it belongs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;
use crate::cache::{CacheError, CacheOptions, EntryOptions};

#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Article {
    name: String,
    price: Option<f64>,
}

#[tokio::test]
async fn a_value_comes_back_as_it_was() {
    let cache = cache();
    assert_eq!(cache.get::<Article>("tea").await, None);
    let tea = Article {
        name: "tea \"ä\" \u{0}".to_owned(),
        price: Some(0.1),
    };
    cache.set("tea", &tea).await.expect("it is JSON");
    assert_eq!(cache.get("tea").await, Some(tea));
    cache.set("nothing", &None::<u8>).await.expect("it is JSON");
    assert_eq!(cache.get::<Option<u8>>("nothing").await, Some(None));
    cache.delete("tea").await.expect("memory is never away");
    assert_eq!(cache.get::<Article>("tea").await, None);
    let long = "x".repeat(10_000);
    cache.set(&long, "of a long key").await.expect("it is JSON");
    assert_eq!(
        cache.get::<String>(&long).await.as_deref(),
        Some("of a long key")
    );
}

#[tokio::test(start_paused = true)]
async fn a_value_lives_as_long_as_the_innermost_that_says_so() {
    let hour = Duration::from_hours(1);
    let by_config = cache_of(
        &root(json!({ "defaultTtl": "2h" }), &Recorder::default()),
        "shop",
    );
    let by_options = by_config.with_options(CacheOptions::new().default_ttl(hour));
    by_config.set("config", &1).await.expect("it is JSON");
    by_options.set("options", &1).await.expect("it is JSON");
    by_options
        .set_with("call", &1, MINUTE)
        .await
        .expect("it is JSON");
    let left = async || {
        let mut left = Vec::new();
        for key in ["call", "options", "config"] {
            // The same keys, whichever options.
            assert_eq!(
                by_config.get::<u8>(key).await,
                by_options.get::<u8>(key).await
            );
            left.extend(by_config.get::<u8>(key).await.map(|_| key));
        }
        left
    };
    assert_eq!(left().await, ["call", "options", "config"]);
    tokio::time::advance(MINUTE).await;
    assert_eq!(left().await, ["options", "config"]);
    tokio::time::advance(hour - MINUTE).await;
    assert_eq!(left().await, ["config"]);
    tokio::time::advance(hour).await;
    assert_eq!(left().await, [""; 0]);
    let forever = cache();
    forever.set("a", &1).await.expect("it is JSON");
    forever
        .set_with("b", &1, Duration::MAX)
        .await
        .expect("it is JSON");
    tokio::time::advance(hour * 24 * 365).await;
    assert_eq!(forever.get("a").await, Some(1));
    assert_eq!(forever.get("b").await, Some(1));
}

#[tokio::test]
async fn a_value_that_is_to_live_no_time_is_not_kept_and_the_old_one_goes() {
    let cache = cache();
    cache.set("a", &1).await.expect("it is JSON");
    cache
        .set_with("a", &2, Duration::ZERO)
        .await
        .expect("it is JSON");
    assert_eq!(cache.get::<u8>("a").await, None);
}

#[tokio::test]
async fn plugins_do_not_see_each_other() {
    let root = root(json!({}), &Recorder::default());
    let (shop, stock) = (cache_of(&root, "shop"), cache_of(&root, "stock"));
    shop.set_with("a", &1, EntryOptions::new().tag("t"))
        .await
        .expect("it is JSON");
    assert_eq!(stock.get::<u8>("a").await, None);
    stock.delete("a").await.expect("memory is never away");
    stock
        .delete_by_tag("t")
        .await
        .expect("memory is never away");
    stock
        .increment("a", 1, None)
        .await
        .expect("a counter of its own");
    assert_eq!(shop.get("a").await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_a_miss_and_one_line_a_minute() {
    let log = Recorder::default();
    let cache = logged(&root(json!({}), &log), &log);
    cache.set("a", "hunter2").await.expect("it is JSON");
    let lines = || log.matching(|line| line.message.contains("cannot be read"));
    for _ in 0..10 {
        assert_eq!(cache.get::<u64>("a").await, None);
    }
    let [line] = &lines()[..] else {
        panic!("{:?}", lines());
    };
    assert!(line.message.contains("`a`"), "{line:?}");
    assert!(!line.message.contains("hunter2"), "{line:?}");
    let computed = cache.get_or_compute("a", MINUTE, async || Ok::<_, CacheError>(7_u64));
    assert_eq!(computed.await.expect("it is computed"), 7);
    tokio::time::advance(MINUTE).await;
    cache.set("a", "text").await.expect("it is JSON");
    assert_eq!(cache.get::<u64>("a").await, None);
    assert_eq!(lines().len(), 2);
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let no_json = BTreeMap::from([((1, 2), 3)]);
    let refused = cache().set("a", &no_json).await;
    let refused = refused.expect_err("a pair is no key").to_string();
    assert!(refused.contains("`a`"), "{refused}");
}
