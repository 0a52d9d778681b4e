//! One pool for all plugins, on PostgreSQL: what changes hands is as good as new.

use greenroom::database::sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use greenroom::database::sqlx::{self, Executor as _, Row as _};
use greenroom_test_kit::StartedTestBackend;
use serde_json::json;

use super::{Engine, TestDatabase, backend, by_schema, client, number, stop, with};

/// With one connection, so that every statement of the other plugin changes hands.
async fn one_connection() -> Option<(TestDatabase, StartedTestBackend)> {
    let database = TestDatabase::create(Engine::Postgres).await?;
    let config = with(
        by_schema(&database),
        json!({ "knexConfig": { "pool": { "max": 1 } } }),
    );
    let backend = backend(config).start().await;
    Some((database, backend))
}

/// `b`, of a type that a plugin has made.
struct Kind;

impl sqlx::Type<sqlx::Postgres> for Kind {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        sqlx::postgres::PgTypeInfo::with_name("kind")
    }
}

impl sqlx::Encode<'_, sqlx::Postgres> for Kind {
    fn encode_by_ref(
        &self,
        buffer: &mut sqlx::postgres::PgArgumentBuffer,
    ) -> Result<sqlx::encode::IsNull, Box<dyn std::error::Error + Send + Sync>> {
        buffer.extend_from_slice(b"b");
        Ok(sqlx::encode::IsNull::No)
    }
}

const SESSION: &str = "SELECT pg_backend_pid()::bigint";

#[tokio::test]
async fn what_a_plugin_leaves_in_a_session_is_gone_for_the_next() {
    let Some((_database, backend)) = one_connection().await else {
        return;
    };
    let (alpha, beta) = (
        client(&backend, "alpha").await,
        client(&backend, "beta").await,
    );
    let mut raw = alpha.postgres().await.expect("a connection");
    for sql in [
        "SET search_path TO beta",
        "SET statement_timeout TO '77s'",
        "CREATE TEMP TABLE mine (id INTEGER)",
        "SELECT pg_advisory_lock(4711)",
        "LISTEN channel",
        "PREPARE mine AS SELECT 1",
        "BEGIN",
        "CREATE TABLE half (id INTEGER)",
    ] {
        (&mut *raw)
            .execute(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let row = (&mut *raw).fetch_one(SESSION).await.expect("a row");
    let session: i64 = row.get(0);
    drop(raw);
    for (plugin, client) in [("alpha", &alpha), ("beta", &beta), ("alpha", &alpha)] {
        assert_eq!(
            number(client, SESSION).await.expect("it is the same"),
            session
        );
        for (sql, expected) in [
            (
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
                0,
            ),
            (
                "SELECT count(*) FROM pg_tables WHERE tablename IN ('mine', 'half')",
                0,
            ),
            ("SELECT count(*) FROM pg_listening_channels()", 0),
            (
                "SELECT count(*) FROM pg_settings WHERE name = 'statement_timeout' AND setting = '77000'",
                0,
            ),
        ] {
            assert_eq!(
                number(client, sql).await.expect("a count"),
                expected,
                "{plugin}: {sql}"
            );
        }
        let here = format!("SELECT (current_schema() = '{plugin}')::int::bigint");
        assert_eq!(
            number(client, &here).await.expect("a number"),
            1,
            "{plugin}"
        );
    }
    stop(backend).await;
}

#[tokio::test]
async fn a_setting_in_a_statement_is_gone_for_the_next() {
    let Some((_database, backend)) = one_connection().await else {
        return;
    };
    let (alpha, beta) = (
        client(&backend, "alpha").await,
        client(&backend, "beta").await,
    );
    alpha
        .execute_unprepared("SET search_path TO beta")
        .await
        .expect("it is set");
    for (plugin, client) in [("alpha", &alpha), ("beta", &beta)] {
        let here = format!("SELECT (current_schema() = '{plugin}')::int::bigint");
        assert_eq!(
            number(client, &here).await.expect("a number"),
            1,
            "{plugin}"
        );
    }
    stop(backend).await;
}

#[tokio::test]
async fn a_transaction_in_a_statement_is_gone_for_the_next() {
    let Some((database, backend)) = one_connection().await else {
        return;
    };
    let other = super::backend(by_schema(&database)).start().await;
    let (alpha, beta) = (
        client(&backend, "alpha").await,
        client(&backend, "beta").await,
    );
    let begin = alpha.execute_unprepared("BEGIN").await;
    begin.expect("it is begun");
    let table = beta.execute_unprepared("CREATE TABLE tea (id BIGINT)");
    table.await.expect("a table");
    let insert = beta.execute_unprepared("INSERT INTO tea VALUES (1)");
    insert.await.expect("a row");
    let seen = client(&other, "beta").await;
    let seen = number(&seen, "SELECT count(*) FROM tea").await;
    assert_eq!(seen.expect("others see the table"), 1);
    let rollback = beta.execute_unprepared("ROLLBACK").await;
    rollback.expect("there is nothing to undo");
    let here = "SELECT (current_schema() = 'beta')::int::bigint";
    assert_eq!(number(&beta, here).await.expect("a number"), 1);
    stop(other).await;
    stop(backend).await;
}

#[tokio::test]
async fn one_statement_means_each_plugins_own_table() {
    let Some((_database, backend)) = one_connection().await else {
        return;
    };
    let (alpha, beta) = (
        client(&backend, "alpha").await,
        client(&backend, "beta").await,
    );
    alpha
        .execute_unprepared("CREATE TABLE tea (id BIGINT, name TEXT)")
        .await
        .expect("a table");
    alpha
        .execute_unprepared("INSERT INTO tea VALUES (1, 'oolong')")
        .await
        .expect("a row");
    beta.execute_unprepared("CREATE TABLE tea (id BIGINT)")
        .await
        .expect("a table");
    beta.execute_unprepared("INSERT INTO tea VALUES (2)")
        .await
        .expect("a row");
    for _ in 0..3 {
        for (client, expected) in [(&alpha, 1), (&beta, 2)] {
            assert_eq!(
                number(client, "SELECT * FROM tea").await.expect("a row"),
                expected
            );
        }
    }
    // A type of the same name is another type.
    for (client, values) in [(&alpha, "'a', 'b'"), (&beta, "'b', 'c'")] {
        client
            .execute_unprepared(&format!("CREATE TYPE kind AS ENUM ({values})"))
            .await
            .expect("a type");
        client
            .execute_unprepared("CREATE TABLE kinds (kind kind)")
            .await
            .expect("a table");
    }
    for client in [&alpha, &beta, &alpha] {
        let mut raw = client.postgres().await.expect("a connection");
        let insert = sqlx::query("INSERT INTO kinds VALUES ($1)").bind(Kind);
        insert
            .execute(&mut *raw)
            .await
            .expect("it is the plugin's own type");
    }
    stop(backend).await;
}

#[tokio::test]
async fn a_statement_that_is_given_up_closes_its_connection() {
    let Some((_database, backend)) = one_connection().await else {
        return;
    };
    let alpha = client(&backend, "alpha").await;
    let before = number(&alpha, SESSION).await.expect("a number");
    {
        let slow = alpha.execute_unprepared("SELECT pg_sleep(600)");
        let mut slow = std::pin::pin!(slow);
        // It is under way when the server says so.
        let observer = super::database(&backend, "beta");
        let _ = observer;
        assert!(futures_util::poll!(&mut slow).is_pending());
    }
    let after = number(&alpha, SESSION).await.expect("a new connection");
    assert_ne!(before, after);
    let transaction = alpha.begin().await.expect("a transaction");
    {
        let mut slow = std::pin::pin!(transaction.execute_unprepared("SELECT pg_sleep(600)"));
        assert!(futures_util::poll!(&mut slow).is_pending());
    }
    let error = number(&transaction, SESSION)
        .await
        .expect_err("nobody knows how far it came");
    assert!(
        error.to_string().contains("can only be rolled back"),
        "{error}"
    );
    drop(transaction);
    assert!(number(&alpha, SESSION).await.is_ok());
    stop(backend).await;
}

#[tokio::test]
async fn a_quota_leaves_room_for_the_others() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let config = with(
        by_schema(&database),
        json!({
            "knexConfig": { "pool": { "max": 4 }, "acquireConnectionTimeout": 2000 },
            "plugin": { "alpha": { "knexConfig": { "pool": { "max": 3 } } } },
        }),
    );
    let backend = backend(config).start().await;
    let (alpha, beta) = (
        client(&backend, "alpha").await,
        client(&backend, "beta").await,
    );
    assert_eq!(alpha.figures().expect("it is ours").max, 3);
    assert_eq!(beta.figures().expect("it is ours").max, 2);
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(alpha.begin().await.expect("a transaction"));
    }
    let error = alpha.begin().await.expect_err("it has no more").to_string();
    assert!(
        error.contains("plugin `alpha`: no connection to PostgreSQL at 127.0.0.1:"),
        "{error}"
    );
    for part in [
        "all 3 connections are in use; see that the server runs",
        "or raise `backend.database.knexConfig.pool.max`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("secret"), "{error}");
    let figures = alpha.figures().expect("it is ours");
    assert_eq!(
        (figures.used, figures.timeouts, figures.pending),
        (3, 1, Some(0))
    );
    assert!(number(&beta, SESSION).await.is_ok());
    drop(held);
    assert!(number(&alpha, SESSION).await.is_ok());
    stop(backend).await;
}

#[tokio::test]
async fn a_schema_that_is_missing_is_not_made_unasked() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let config = with(database.config(), json!({ "pluginDivisionMode": "schema" }));
    let backend = backend(config).start().await;
    let error = super::database(&backend, "alpha")
        .client()
        .await
        .expect_err("it is missing");
    assert!(
        error
            .to_string()
            .contains("`backend.database.ensureSchemaExists: true`"),
        "{error}"
    );
    stop(backend).await;
}
