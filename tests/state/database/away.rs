//! A server that is not there, or goes away.

use std::time::Duration;

use futures_util::StreamExt as _;
use greenroom::database::sea_orm::{
    ConnectionTrait as _, DbBackend, Statement, StreamTrait, TransactionTrait as _,
};
use serde_json::json;
use tokio::time::timeout;

use super::{Engine, TestDatabase, backend, by_schema, client, database, number, stop, with};

/// Far more than the deadline: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_server_that_is_away_is_named_within_the_deadline() {
    for (client, port) in [("pg", 1), ("mysql2", 1)] {
        let config = json!({
            "client": client,
            "connection": { "host": "127.0.0.1", "port": port, "user": "tea", "password": "hunter2" },
            "knexConfig": { "acquireConnectionTimeout": 200 },
        });
        let backend = backend(config).start().await;
        let alpha = database(&backend, "alpha");
        // All who ask at once get the one answer.
        let asked = (0..10).map(|_| alpha.client());
        for outcome in futures_util::future::join_all(asked).await {
            let error = outcome.expect_err("nobody listens there").to_string();
            for part in [
                "plugin `alpha`",
                "127.0.0.1:1",
                "database `backstage_plugin_alpha`",
                "within 0.2 s",
            ] {
                assert!(error.contains(part), "{error}");
            }
            assert!(!error.contains("hunter2"), "{error}");
        }
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_database_that_is_missing_is_not_made_when_that_is_forbidden() {
    for engine in [Engine::Postgres, Engine::MySql] {
        let Some(database) = TestDatabase::create(engine).await else {
            continue;
        };
        let config = with(database.config(), json!({ "ensureExists": false }));
        let backend = backend(config).start().await;
        let error = super::database(&backend, "alpha")
            .client()
            .await
            .expect_err("it is missing");
        assert!(
            error
                .to_string()
                .contains("set `backend.database.ensureExists: true`"),
            "{error}"
        );
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_replaced() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    for config in [database.config(), by_schema(&database)] {
        let backend = backend(config).start().await;
        let (alpha, beta) = (
            client(&backend, "alpha").await,
            client(&backend, "beta").await,
        );
        let session = number(&alpha, "SELECT pg_backend_pid()::bigint")
            .await
            .expect("a number");
        let end = format!("SELECT pg_terminate_backend({session})::int::bigint");
        assert_eq!(number(&beta, &end).await.expect("a number"), 1);
        // The first one may still meet the dead connection; it fails, and does not hang.
        let _ = alpha.execute_unprepared("SELECT 1").await;
        let after = number(&alpha, "SELECT pg_backend_pid()::bigint")
            .await
            .expect("a new connection");
        assert_ne!(session, after);
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_statement_has_a_deadline() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    for config in [database.config(), by_schema(&database)] {
        // What is given up does not hold the only connection.
        let more = json!({ "statementTimeout": "4s", "knexConfig": { "pool": { "max": 1 } } });
        let backend = backend(with(config, more)).start().await;
        let alpha = client(&backend, "alpha").await;
        let error = alpha
            .execute_unprepared("SELECT pg_sleep(600)")
            .await
            .expect_err("it is slow");
        assert!(
            error.to_string().contains("gave no answer within 4 s"),
            "{error}"
        );
        assert!(number(&alpha, "SELECT 1::bigint").await.is_ok());
        stop(backend).await;
    }
}

#[tokio::test]
async fn the_rows_of_a_stream_have_a_deadline() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    for config in [database.config(), by_schema(&database)] {
        let more = json!({ "statementTimeout": "4s", "knexConfig": { "pool": { "max": 1 } } });
        let backend = backend(with(config, more)).start().await;
        let alpha = client(&backend, "alpha").await;
        ends_with_an_error(&alpha).await;
        let transaction = alpha.begin().await.expect("a new connection");
        ends_with_an_error(&transaction).await;
        let error = number(&transaction, "SELECT 1::bigint").await;
        let error = error.expect_err("nobody knows what it did").to_string();
        assert!(error.contains("can only be rolled back"), "{error}");
        drop(transaction);
        assert!(number(&alpha, "SELECT 1::bigint").await.is_ok());
        stop(backend).await;
    }
}

/// Reads rows that do not come.
async fn ends_with_an_error(connection: &impl StreamTrait) {
    let slow = Statement::from_string(DbBackend::Postgres, "SELECT pg_sleep(600)");
    let work = async {
        match connection.stream_raw(slow).await {
            Ok(rows) => rows.map(|row| row.map(drop)).collect().await,
            Err(error) => vec![Err(error)],
        }
    };
    let rows = timeout(PATIENCE, work).await.expect("no stream hangs");
    let last = rows.last().expect("it does not end in silence");
    let error = last.as_ref().expect_err("it is slow").to_string();
    assert!(error.contains("gave no answer within 4 s"), "{error}");
}
