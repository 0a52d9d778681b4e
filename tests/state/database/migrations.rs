//! Migrations: once, whoever comes first, and never against a history that is not known.

use greenroom::database::sea_orm::{ConnectionTrait as _, DbErr};
use greenroom::database::sea_orm_migration::prelude::*;

use super::{Engine, TestDatabase, backend, client, database, every_mode, number, stop};

struct First;
struct Second;
struct Fails;
struct Endless;

macro_rules! migration {
    ($name:ident, $text:literal, $up:expr, $down:expr) => {
        impl MigrationName for $name {
            fn name(&self) -> &str {
                $text
            }
        }

        #[async_trait::async_trait]
        impl MigrationTrait for $name {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                for sql in $up {
                    manager.get_connection().execute_unprepared(sql).await?;
                }
                Ok(())
            }

            async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                for sql in $down {
                    manager.get_connection().execute_unprepared(sql).await?;
                }
                Ok(())
            }
        }
    };
}

// Run twice it fails.
migration!(
    First,
    "m1_first",
    ["CREATE TABLE tea (id INTEGER PRIMARY KEY)"],
    ["DROP TABLE tea"]
);
migration!(
    Second,
    "m2_second",
    ["INSERT INTO tea VALUES (1)"],
    ["DELETE FROM tea"]
);
migration!(
    Fails,
    "m2_fails",
    [
        "CREATE TABLE half (id INTEGER)",
        "INSERT INTO missing VALUES (1)"
    ],
    ["DROP TABLE half"]
);

// On PostgreSQL.
migration!(
    Endless,
    "m2_endless",
    ["CREATE TABLE half (id INTEGER)", "SELECT pg_sleep(600)"],
    ["DROP TABLE half"]
);

macro_rules! migrator {
    ($name:ident, $($migration:ident),*) => {
        struct $name;

        impl MigratorTrait for $name {
            fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                vec![$(Box::new($migration)),*]
            }
        }
    };
}

migrator!(Both, First, Second);
migrator!(OnlyFirst, First);
migrator!(OnlySecond, Second);
migrator!(Swapped, Second, First);
migrator!(Failing, First, Fails);
migrator!(Hanging, First, Endless);

#[tokio::test]
async fn they_are_applied_once() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        for plugin in ["alpha", "beta"] {
            let database = database(&backend, plugin);
            database
                .migrate::<OnlyFirst>()
                .await
                .unwrap_or_else(|error| panic!("{mode}: {error}"));
            database
                .migrate::<Both>()
                .await
                .unwrap_or_else(|error| panic!("{mode}: {error}"));
            database
                .migrate::<Both>()
                .await
                .unwrap_or_else(|error| panic!("{mode}: {error}"));
            let client = database.client().await.expect("a client");
            let rows = number(&client, "SELECT count(*) FROM tea").await;
            assert_eq!(rows.expect("a count"), 1, "{mode}, {plugin}");
        }
        stop(backend).await;
    }
}

#[tokio::test]
async fn ten_replicas_that_start_at_once_migrate_once() {
    for (mode, _database, config) in every_mode().await {
        if mode == "SqliteMemory" {
            continue;
        }
        // Ten at once on a busy machine.
        let knex = serde_json::json!({ "knexConfig": { "acquireConnectionTimeout": 60_000 } });
        let config = super::with(config, knex);
        let mut backends = Vec::new();
        for _ in 0..10 {
            backends.push(backend(config.clone()).start().await);
        }
        let all = backends.iter().map(|backend| {
            let database = database(backend, "alpha");
            async move { database.migrate::<Both>().await }
        });
        for outcome in futures_util::future::join_all(all).await {
            outcome.unwrap_or_else(|error| panic!("{mode}: {error}"));
        }
        let alpha = client(&backends[0], "alpha").await;
        assert_eq!(
            number(&alpha, "SELECT count(*) FROM tea")
                .await
                .expect("a count"),
            1,
            "{mode}"
        );
        drop(alpha);
        for backend in backends {
            stop(backend).await;
        }
    }
}

#[tokio::test]
async fn a_history_that_is_not_known_is_refused() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = database(&backend, "alpha");
        alpha.migrate::<Both>().await.expect("it agrees");
        let error = alpha
            .migrate::<OnlyFirst>()
            .await
            .expect_err("`m2_second` is unknown");
        assert!(
            error.to_string().contains("does not know: `m2_second`"),
            "{mode}: {error}"
        );
        let beta = database(&backend, "beta");
        beta.migrate::<OnlyFirst>().await.expect("it agrees");
        let error = beta
            .migrate::<Swapped>()
            .await
            .expect_err("`m2_second` comes too late");
        assert!(
            error.to_string().contains("are applied: `m2_second`"),
            "{mode}: {error}"
        );
        let error = beta
            .migrate::<OnlySecond>()
            .await
            .expect_err("`m1_first` is unknown");
        assert!(
            error.to_string().contains("does not know: `m1_first`"),
            "{mode}: {error}"
        );
        stop(backend).await;
    }
}

#[tokio::test]
async fn one_that_fails_leaves_nothing_where_the_engine_can() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = database(&backend, "alpha");
        let error = alpha
            .migrate::<Failing>()
            .await
            .expect_err("it fails")
            .to_string();
        assert!(
            error.contains("plugin `alpha`: the migration `m2_fails` failed:"),
            "{mode}: {error}"
        );
        let client = client(&backend, "alpha").await;
        let half = number(&client, "SELECT count(*) FROM half").await;
        assert_eq!(half.is_err(), mode != "MySql", "{mode}");
        assert_eq!(
            error.contains("nothing of it is kept"),
            mode != "MySql",
            "{mode}: {error}"
        );
        let first = number(&client, "SELECT count(*) FROM tea").await;
        assert_eq!(first.expect("the one before is kept"), 0, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn they_can_be_left_to_somebody_else() {
    for (mode, _database, config) in every_mode().await {
        let config = super::with(
            config,
            serde_json::json!({
                "plugin": { "alpha": { "skipMigrations": true } },
            }),
        );
        let backend = backend(config).start().await;
        database(&backend, "alpha")
            .migrate::<Both>()
            .await
            .expect("nothing is done");
        database(&backend, "beta")
            .migrate::<Both>()
            .await
            .expect("it is done");
        let alpha = client(&backend, "alpha").await;
        assert!(
            number(&alpha, "SELECT count(*) FROM tea").await.is_err(),
            "{mode}"
        );
        stop(backend).await;
    }
}

#[tokio::test]
async fn who_dies_while_migrating_leaves_the_lock_and_nothing_else() {
    let Some(engine) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let impatient = super::with(
        engine.config(),
        serde_json::json!({ "migrationLockTimeout": "100ms" }),
    );
    let (first, second) = (
        backend(engine.config()).start().await,
        backend(impatient).start().await,
    );
    let dying = database(&first, "alpha");
    let dying = tokio::spawn(async move { dying.migrate::<Hanging>().await });
    let observer = client(&second, "alpha").await;
    let locked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' \
        AND datname = current_database() AND pid <> pg_backend_pid()";
    while number(&observer, locked).await.expect("a count") == 0 {
        tokio::task::yield_now().await;
    }
    let waiting = database(&second, "alpha");
    let error = waiting
        .migrate::<Both>()
        .await
        .expect_err("it is locked")
        .to_string();
    let holder = format!("`greenroom migrates alpha, process {}`", std::process::id());
    assert!(error.contains(&holder), "{error}");
    // Its sessions end with it.
    dying.abort();
    assert!(dying.await.expect_err("it was ended").is_cancelled());
    while let Err(error) = waiting.migrate::<Both>().await {
        assert!(
            error.to_string().contains("has been migrated by"),
            "{error}"
        );
    }
    assert_eq!(
        number(&observer, "SELECT count(*) FROM tea")
            .await
            .expect("a count"),
        1
    );
    assert!(
        number(&observer, "SELECT count(*) FROM half")
            .await
            .is_err()
    );
    stop(first).await;
    stop(second).await;
}

#[tokio::test]
async fn one_that_hangs_is_ended_by_the_sessions_of_its_name() {
    let Some(engine) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    for config in [engine.config(), super::by_schema(&engine)] {
        let (first, second) = (
            backend(config.clone()).start().await,
            backend(config).start().await,
        );
        let hanging = database(&first, "alpha");
        let hanging = tokio::spawn(async move { hanging.migrate::<Hanging>().await });
        let operator = client(&second, "beta").await;
        // As `docs/database.md` has it.
        let sessions =
            "FROM pg_stat_activity WHERE application_name LIKE 'greenroom migrates alpha,%'";
        let migrates = format!("SELECT count(*) {sessions} AND query LIKE '%pg_sleep(600)%'");
        while number(&operator, &migrates).await.expect("a count") == 0 {
            tokio::task::yield_now().await;
        }
        let end = format!("SELECT count(pg_terminate_backend(pid)) {sessions}");
        assert_eq!(number(&operator, &end).await.expect("a count"), 2);
        let error = hanging.await.expect("it does not panic");
        let error = error.expect_err("it was ended").to_string();
        assert!(error.contains("nothing of it is kept"), "{error}");
        let other = database(&second, "alpha");
        other.migrate::<Both>().await.expect("the lock is free");
        stop(first).await;
        stop(second).await;
    }
}
