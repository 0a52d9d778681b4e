//! Tags: what goes together, and what was on its way meanwhile.

use super::*;
use crate::cache::{CacheError, EntryOptions};

#[tokio::test]
async fn what_has_the_tag_goes_and_the_rest_stays() {
    let cache = cache();
    let both = EntryOptions::new().tags(["red", "blue"]);
    let blue = EntryOptions::new().tag("blue");
    cache.set_with("both", &1, both).await.expect("it is JSON");
    cache
        .set_with("blue", &1, blue.clone())
        .await
        .expect("it is JSON");
    cache.set("none", &1).await.expect("it is JSON");
    cache
        .delete_by_tag("red")
        .await
        .expect("memory is never away");
    assert_eq!(cache.get::<u8>("both").await, None);
    assert_eq!(cache.get("blue").await, Some(1));
    cache
        .delete_by_tag("blue")
        .await
        .expect("memory is never away");
    cache
        .delete_by_tag("unknown")
        .await
        .expect("memory is never away");
    assert_eq!(cache.get::<u8>("blue").await, None);
    assert_eq!(cache.get("none").await, Some(1));
    cache.set_with("blue", &2, blue).await.expect("it is JSON");
    assert_eq!(cache.get("blue").await, Some(2), "a new one is another");
}

#[tokio::test]
async fn a_tag_that_is_deleted_while_its_value_is_computed_counts() {
    let root = root(json!({}), &Recorder::default());
    // They share what is kept and not what is under way, as two processes do.
    let (cache, other) = (cache_of(&root, "shop"), cache_of(&root, "shop"));
    for deletes in [&cache, &other] {
        let tagged = EntryOptions::new().ttl(MINUTE).tag("red");
        let computed = cache.get_or_compute("a", tagged.clone(), async || {
            // What is computed here is what was true before this.
            deletes.delete_by_tag("red").await?;
            Ok::<_, CacheError>(1)
        });
        assert_eq!(computed.await.expect("it is computed"), 1);
        assert_eq!(cache.get::<u8>("a").await, None);
        let again = cache.get_or_compute("a", tagged, async || Ok::<_, CacheError>(2));
        assert_eq!(again.await.expect("it is computed"), 2);
        assert_eq!(cache.get("a").await, Some(2));
        cache.delete("a").await.expect("memory is never away");
    }
}
