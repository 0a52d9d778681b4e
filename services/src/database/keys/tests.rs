//! Keys in SQLite files: what one process adds another reads, whether or not the other is a Backstage.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use super::*;
use crate::auth::PublicKey;
use crate::database::RootDatabase;
use crate::database::testing::root;

const NOW: SystemTime = UNIX_EPOCH;

fn in_files(directory: &Path) -> RootDatabase {
    root(json!({ "connection": { "directory": directory } }))
}

fn key(id: &str, seconds: u64) -> SharedKey {
    let mut key = PublicKey::new();
    key.insert("kid".to_owned(), id.into());
    key.insert("kty".to_owned(), "EC".into());
    SharedKey {
        key,
        expires_at: NOW + Duration::from_secs(seconds),
    }
}

async fn ids(keys: &Arc<dyn KeyTable>, plugin: &str, of: KeyUse, seconds: u64) -> Vec<String> {
    let keys = keys.keys(plugin, of, NOW + Duration::from_secs(seconds));
    let keys = keys.await.expect("the file is there");
    let mut ids: Vec<_> = keys
        .iter()
        .map(|key| key.key["kid"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort_unstable();
    ids
}

async fn rows(root: &RootDatabase, sql: &str) -> Vec<Vec<String>> {
    let client = root.for_plugin("tea").client().await.expect("it is there");
    let statement = Statement::from_string(client.get_database_backend(), sql);
    let rows = client.query_all_raw(statement).await.expect("it answers");
    rows.iter()
        .map(|row| {
            (0..row.column_names().len())
                .map(|at| row.try_get_by_index(at).expect("it is text"))
                .collect()
        })
        .collect()
}

#[tokio::test]
async fn what_one_process_adds_another_reads_until_it_expires() {
    let directory = tempfile::tempdir().expect("a directory");
    let (one, two) = (in_files(directory.path()), in_files(directory.path()));
    let (first, second) = (one.keys(), two.keys());
    for (keys, id, seconds) in [(&first, "a", 10), (&second, "b", 20)] {
        let added = keys.add("tea", KeyUse::Plugin, &key(id, seconds)).await;
        added.expect("the file is there");
    }
    for keys in [&first, &second] {
        assert_eq!(ids(keys, "tea", KeyUse::Plugin, 9).await, ["a", "b"]);
        // Another plugin, and another use, have keys of their own.
        assert!(ids(keys, "coffee", KeyUse::Plugin, 9).await.is_empty());
        assert!(ids(keys, "tea", KeyUse::User, 9).await.is_empty());
    }
    assert_eq!(ids(&first, "tea", KeyUse::Plugin, 10).await, ["b"]);
    let left = format!("SELECT id FROM {}", migration::PLUGIN_KEYS);
    assert_eq!(rows(&two, &left).await, [["b"]], "what has expired is gone");
}

#[tokio::test]
async fn a_table_of_backstage_is_used_as_it_is() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = in_files(directory.path());
    let client = root.for_plugin("tea").client().await.expect("a file");
    // As knex makes them, and as a Node replica writes.
    for sql in [
        "CREATE TABLE `backstage_backend_public_keys__keys` (`id` varchar(255) not null, `key` text not null, `expires_at` varchar(255) not null, primary key (`id`))",
        "CREATE TABLE `backstage_backend_public_keys__knex_migrations` (`id` integer not null primary key autoincrement, `name` varchar(255), `batch` integer, `migration_time` datetime)",
        "INSERT INTO `backstage_backend_public_keys__knex_migrations` (name, batch) VALUES ('20240327104803_public_keys.js', 1)",
        r#"INSERT INTO `backstage_backend_public_keys__keys` VALUES ('node', '{"kty":"EC","kid":"node","alg":"ES256"}', '1970-01-01T01:00:00.000Z')"#,
        "INSERT INTO `backstage_backend_public_keys__keys` VALUES ('broken', 'no JSON', 'tomorrow')",
    ] {
        client.execute_unprepared(sql).await.expect("it is valid");
    }
    let keys = root.keys();
    assert_eq!(ids(&keys, "tea", KeyUse::Plugin, 0).await, ["node"]);
    let added = keys.add("tea", KeyUse::Plugin, &key("rust", 3600)).await;
    added.expect("the file is there");
    let ours = "SELECT key, expires_at FROM backstage_backend_public_keys__keys WHERE id = 'rust'";
    assert_eq!(
        rows(&root, ours).await,
        [[r#"{"kid":"rust","kty":"EC"}"#, "1970-01-01T01:00:00.000Z"]]
    );
}

#[tokio::test]
async fn what_is_made_here_is_in_the_list_of_backstage() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = in_files(directory.path());
    ids(&root.keys(), "tea", KeyUse::Plugin, 0).await;
    let list = "SELECT name FROM backstage_backend_public_keys__knex_migrations";
    assert_eq!(rows(&root, list).await, [["20240327104803_public_keys.js"]]);
}

#[tokio::test]
async fn what_is_in_memory_keeps_nothing() {
    assert!(!root(json!({})).keys().keeps("tea"));
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path();
    assert!(in_files(place).keys().keeps("tea"));
    let one_in_memory = root(json!({
        "connection": { "directory": place },
        "plugin": { "tea": { "connection": ":memory:" } },
    }));
    let keys = one_in_memory.keys();
    assert!(!keys.keeps("tea") && keys.keeps("coffee"));
    // Of a file for all plugins one alone can be the owner, which is not the one whose keys are asked for first.
    let one_file = root(json!({ "connection": place.join("all.sqlite") }));
    let keys = one_file.keys();
    assert!(!keys.keeps("tea"));
    let owner = one_file.for_plugin("tea");
    owner.client().await.expect("a file");
    assert!(keys.keeps("tea") && !keys.keeps("coffee"));
}

#[tokio::test]
async fn a_table_that_nobody_may_make_is_told_with_the_remedy() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = root(json!({
        "connection": { "directory": directory.path() },
        "skipMigrations": true,
    }));
    let error = root.keys().keys("tea", KeyUse::Plugin, NOW).await;
    let error = error.expect_err("there is no table").to_string();
    assert!(error.contains("`migrate up`"), "{error}");
}

#[tokio::test]
async fn keys_and_the_plugin_share_a_pool() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = in_files(directory.path());
    let keys = root.keys();
    let mine = root.for_plugin("tea");
    ids(&keys, "tea", KeyUse::Plugin, 0).await;
    let before = Arc::as_ptr(&mine).cast::<()>();
    drop(mine);
    let after = Arc::as_ptr(&root.for_plugin("tea")).cast::<()>();
    assert_eq!(
        after, before,
        "the keys hold it, and another one would have another pool"
    );
}
