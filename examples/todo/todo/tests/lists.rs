//! Lists: their pages, and what the cache does to them.

use std::sync::Arc;

use greenroom::database::DatabaseService;
use greenroom::database::sea_orm::ConnectionTrait as _;
use greenroom_test_kit::mock_services::FakeCache;
use greenroom_test_kit::{StartedTestBackend, TestCache, TestDatabase};
use serde_json::{Value, json};

use super::{JANE, TODOS, add, add_titled, backend, finish, titles};

#[tokio::test]
async fn a_list_comes_in_pages() {
    for database in TestDatabase::each().await {
        let backend = backend()
            .database(&database)
            .config(json!({ "todo": { "pageSize": 2 } }))
            .start()
            .await;
        let mut seen = Vec::new();
        for (count, expected) in [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3)] {
            if count > 0 {
                add_titled(&backend, &count.to_string()).await;
            }
            seen = pages(&backend).await;
            assert_eq!(seen.len(), expected, "pages of {count} todos");
        }
        let expected: [&[&str]; 3] = [&["1", "2"], &["3", "4"], &["5"]];
        assert_eq!(seen, expected, "{}", database.engine());
    }
}

/// The titles of all pages, each asked for by what the one before says.
async fn pages(backend: &StartedTestBackend) -> Vec<Vec<String>> {
    let (mut pages, mut path) = (Vec::new(), TODOS.to_owned());
    loop {
        let page: Value = backend.get(&path).send().await.assert_status(200).json();
        pages.push(titles(&page).into_iter().map(str::to_owned).collect());
        match page["next"].as_i64() {
            Some(next) => path = format!("{TODOS}?after={next}"),
            None => return pages,
        }
    }
}

/// Changes the table behind the back of the plugin, so that it shows whether a list comes from the cache.
async fn rename_all(backend: &StartedTestBackend, title: &str) {
    let database = backend.service::<dyn DatabaseService>("todo");
    let statement = format!("UPDATE todos SET title = '{title}'");
    let renamed = backend.run(async move {
        let client = database.client().await?;
        client.execute_unprepared(&statement).await?;
        Ok::<_, greenroom::BoxError>(())
    });
    renamed.await.expect("the table is there");
}

async fn first_page(backend: &StartedTestBackend) -> Value {
    backend.get(TODOS).send().await.assert_status(200).json()
}

#[tokio::test]
async fn a_list_comes_from_the_cache_until_something_changes_it() {
    for cache in TestCache::each().await {
        let backend = backend()
            .cache(&cache)
            .reach::<dyn DatabaseService>("todo")
            .start()
            .await;
        let path = add_titled(&backend, "first").await;
        assert_eq!(titles(&first_page(&backend).await), ["first"]);
        rename_all(&backend, "behind").await;
        assert_eq!(titles(&first_page(&backend).await), ["first"]);

        add_titled(&backend, "second").await;
        assert_eq!(titles(&first_page(&backend).await), ["behind", "second"]);
        finish(&backend, &path).await;
        assert_eq!(first_page(&backend).await["todos"][0]["done"], true);
        let removed = backend.delete(&path).send().await;
        removed.assert_status(204);
        assert_eq!(titles(&first_page(&backend).await), ["second"]);

        add(&backend, json!({ "title": "third", "remindAfter": "0s" })).await;
        backend.logged("is reminded of the todo").await;
        let page = first_page(&backend).await;
        assert_eq!(page["todos"][1]["reminded"], true);
    }
}

#[tokio::test]
async fn every_page_is_forgotten_and_no_other_users() {
    let fake = FakeCache::new();
    let backend = backend().with(Arc::clone(&fake)).start().await;
    let path = add_titled(&backend, "sweep").await;
    finish(&backend, &path).await;
    let forgotten = format!("todo: delete_by_tag {JANE}");
    assert_eq!(fake.calls(), [forgotten.clone(), forgotten]);
}

/// A failure test: without its cache the plugin is slower, and does all that it did.
#[tokio::test]
async fn a_cache_that_is_away_is_done_without() {
    let fake = FakeCache::new();
    let backend = backend().with(Arc::clone(&fake)).start().await;
    fake.set_away(true);
    for count in 1..=2 {
        add_titled(&backend, "sweep").await;
        assert_eq!(titles(&first_page(&backend).await).len(), count);
    }
    let warnings = backend.logs().plugin("todo");
    warnings.assert_contains("Lists may be wrong for a minute: the cache is away");
}
