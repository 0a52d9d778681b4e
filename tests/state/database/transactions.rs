//! Transactions, in every mode alike.

use futures_util::StreamExt as _;
use greenroom::database::sea_orm::{
    ConnectionTrait as _, DbErr, IsolationLevel, Statement, StreamTrait as _, TransactionError,
    TransactionOptions, TransactionTrait as _,
};
use greenroom::database::{DatabaseClient, is_conflict, is_serialization_failure};
use serde_json::json;

use super::{Engine, TestDatabase, backend, client, every_mode, number, stop, with};

const COUNT: &str = "SELECT count(*) FROM kept";

async fn table(client: &DatabaseClient) {
    let sql = "CREATE TABLE kept (id INTEGER PRIMARY KEY)";
    client.execute_unprepared(sql).await.expect("a table");
}

#[tokio::test]
async fn what_is_committed_stays_and_what_is_dropped_does_not() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        let transaction = alpha.begin().await.expect("a transaction");
        transaction
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .expect("a row");
        transaction.commit().await.expect("it is kept");
        let transaction = alpha.begin().await.expect("a transaction");
        transaction
            .execute_unprepared("INSERT INTO kept VALUES (2)")
            .await
            .expect("a row");
        transaction.rollback().await.expect("it is undone");
        let transaction = alpha.begin().await.expect("a transaction");
        transaction
            .execute_unprepared("INSERT INTO kept VALUES (3)")
            .await
            .expect("a row");
        drop(transaction);
        assert_eq!(number(&alpha, COUNT).await.expect("a count"), 1, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_transaction_inside_of_another_is_undone_alone() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        let outer = alpha.begin().await.expect("a transaction");
        outer
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .expect("a row");
        let inner = outer.begin().await.expect("an inner one");
        inner
            .execute_unprepared("INSERT INTO kept VALUES (2)")
            .await
            .expect("a row");
        inner.rollback().await.expect("it is undone");
        let inner = outer.begin().await.expect("an inner one");
        inner
            .execute_unprepared("INSERT INTO kept VALUES (3)")
            .await
            .expect("a row");
        drop(inner);
        let inner = outer.begin().await.expect("an inner one");
        inner
            .execute_unprepared("INSERT INTO kept VALUES (4)")
            .await
            .expect("a row");
        inner.commit().await.expect("it is kept");
        outer.commit().await.expect("it is kept");
        assert_eq!(number(&alpha, COUNT).await.expect("a count"), 2, "{mode}");
        let last = number(&alpha, "SELECT count(*) FROM kept WHERE id = 4").await;
        assert_eq!(last.expect("a count"), 1, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_conflict_is_known_on_every_engine() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        alpha
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .expect("a row");
        let again = alpha
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await;
        assert!(is_conflict(&again.expect_err("it is there")), "{mode}");
        let other = alpha
            .execute_unprepared("INSERT INTO missing VALUES (1)")
            .await;
        assert!(
            !is_conflict(&other.expect_err("there is no table")),
            "{mode}"
        );
        stop(backend).await;
    }
}

#[tokio::test]
async fn rows_come_one_by_one_and_may_be_left_unread() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        for id in 0..50 {
            let sql = format!("INSERT INTO kept VALUES ({id})");
            alpha.execute_unprepared(&sql).await.expect("a row");
        }
        let all = Statement::from_string(
            greenroom::database::sea_orm::ConnectionTrait::get_database_backend(&alpha),
            "SELECT id FROM kept ORDER BY id",
        );
        let rows = alpha.stream_raw(all.clone()).await.expect("rows");
        let rows: Vec<_> = rows.collect().await;
        assert_eq!(rows.len(), 50, "{mode}");
        let mut some = alpha.stream_raw(all.clone()).await.expect("rows");
        assert!(some.next().await.expect("a row").is_ok(), "{mode}");
        drop(some);
        let transaction = alpha.begin().await.expect("a transaction");
        let mut some = transaction.stream_raw(all).await.expect("rows");
        assert!(some.next().await.expect("a row").is_ok(), "{mode}");
        drop(some);
        assert_eq!(
            number(&transaction, COUNT).await.expect("a count"),
            50,
            "{mode}"
        );
        transaction.commit().await.expect("it goes on");
        assert_eq!(number(&alpha, COUNT).await.expect("a count"), 50, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_transaction_that_loses_is_run_again() {
    for (mode, _database, config) in every_mode().await {
        if mode.starts_with("Sqlite") {
            // Its writers wait for each other instead.
            continue;
        }
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        let sql = "CREATE TABLE stock (id INTEGER PRIMARY KEY, number BIGINT)";
        alpha.execute_unprepared(sql).await.expect("a table");
        alpha
            .execute_unprepared("INSERT INTO stock VALUES (1, 0)")
            .await
            .expect("a row");
        let one = |client: DatabaseClient| async move {
            let options = TransactionOptions {
                isolation_level: Some(IsolationLevel::Serializable),
                ..TransactionOptions::default()
            };
            let work = client.retrying(options, |transaction| {
                Box::pin(async move {
                    let number = number(transaction, "SELECT number FROM stock").await;
                    let sql = format!("UPDATE stock SET number = {}", number? + 1);
                    transaction.execute_unprepared(&sql).await?;
                    Ok::<(), DbErr>(())
                })
            });
            work.await
        };
        let outcomes = futures_util::future::join_all((0..3).map(|_| one(alpha.clone()))).await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let lost: Vec<&TransactionError<DbErr>> = outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().err())
            .collect();
        assert!(lost.is_empty(), "{mode}: {lost:?}");
        let number = number(&alpha, "SELECT count(*) FROM stock WHERE number = 3").await;
        assert_eq!((won, number.expect("a count")), (3, 1), "{mode}");
        stop(backend).await;
    }
}

/// How often a future is polled before it is dropped: each number leaves it at another place.
const POLLS: std::ops::Range<i64> = 1..40;

/// Begins something and drops it after some polls. Whether it was not done by then.
async fn give_up<T>(work: impl Future<Output = T>, polls: i64) -> bool {
    let mut work = std::pin::pin!(work);
    for _ in 0..polls {
        if futures_util::poll!(&mut work).is_ready() {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}

#[tokio::test]
async fn a_begin_that_is_given_up_leaves_no_transaction() {
    for (mode, _database, config) in every_mode().await {
        if mode.starts_with("Sqlite") {
            // In memory nobody else can look, and sqlx undoes it itself.
            continue;
        }
        let other = backend(config.clone()).start().await;
        let other_alpha = client(&other, "alpha").await;
        let config = with(config, json!({ "knexConfig": { "pool": { "max": 1 } } }));
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        for polls in POLLS {
            give_up(alpha.begin(), polls).await;
            let insert = format!("INSERT INTO kept VALUES ({polls})");
            alpha.execute_unprepared(&insert).await.expect("a row");
            let kept = number(&other_alpha, COUNT).await.expect("a count");
            assert_eq!(kept, polls, "{mode}: given up after {polls} polls");
        }
        stop(backend).await;
        stop(other).await;
    }
}

#[tokio::test]
async fn an_inner_begin_that_is_given_up_does_not_end_the_outer_one() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        for polls in POLLS {
            for commits in [true, false] {
                let outer = alpha.begin().await.expect("a transaction");
                let insert = outer.execute_unprepared("INSERT INTO kept VALUES (1)");
                insert.await.expect("a row");
                give_up(outer.begin(), polls).await;
                let insert = outer.execute_unprepared("INSERT INTO kept VALUES (2)");
                let second = insert.await.is_ok();
                let committed = match commits {
                    true => outer.commit().await.is_ok(),
                    false => {
                        drop(outer);
                        false
                    }
                };
                let expected = match committed {
                    true => 1 + i64::from(second),
                    false => 0,
                };
                let kept = number(&alpha, COUNT).await.expect("a count");
                assert_eq!(kept, expected, "{mode}: {polls} polls, {commits}");
                let clean = alpha.execute_unprepared("DELETE FROM kept").await;
                clean.expect("it is empty again");
            }
        }
        stop(backend).await;
    }
}

#[tokio::test]
async fn an_inner_begin_that_fails_does_not_end_the_outer_one() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        let outer = alpha.begin().await.expect("a transaction");
        let wrong = outer.execute_unprepared("INSERT INTO missing VALUES (1)");
        wrong.await.expect_err("there is no table");
        // PostgreSQL refuses it after an error.
        if outer.begin().await.is_err() {
            let late = outer.execute_unprepared("INSERT INTO kept VALUES (1)");
            assert!(late.await.is_err(), "{mode}");
            assert!(outer.commit().await.is_err(), "{mode}");
        } else {
            drop(outer);
        }
        let kept = number(&alpha, COUNT).await.expect("a count");
        assert_eq!(kept, 0, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_statement_that_is_given_up_is_the_end_of_its_transaction() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        let outer = alpha.begin().await.expect("a transaction");
        let inner = outer.begin().await.expect("an inner one");
        let insert = inner.execute_unprepared("INSERT INTO kept VALUES (1)");
        if give_up(insert, 1).await {
            for refused in [
                inner.execute_unprepared("SELECT 1").await.map(drop),
                inner.begin().await.map(drop),
                inner.commit().await,
                outer.execute_unprepared("SELECT 1").await.map(drop),
                outer.begin().await.map(drop),
                outer.commit().await,
            ] {
                let error = refused.expect_err("nobody knows what it did").to_string();
                assert!(error.contains("can only be rolled back"), "{mode}: {error}");
            }
        } else {
            drop((inner, outer));
        }
        let kept = number(&alpha, COUNT).await.expect("a count");
        assert_eq!(kept, 0, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn what_is_committed_after_an_error_is_kept_or_refused() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let alpha = client(&backend, "alpha").await;
        table(&alpha).await;
        let transaction = alpha.begin().await.expect("a transaction");
        let insert = "INSERT INTO kept VALUES (1)";
        let first = transaction.execute_unprepared(insert).await;
        first.expect("a row");
        let again = transaction.execute_unprepared(insert).await;
        assert!(is_conflict(&again.expect_err("it is there")), "{mode}");
        let expected = i64::from(transaction.commit().await.is_ok());
        let kept = number(&alpha, COUNT).await.expect("a count");
        assert_eq!(kept, expected, "{mode}");
        // In one of its own the error stays there.
        let outer = alpha.begin().await.expect("a transaction");
        let second = outer.execute_unprepared("INSERT INTO kept VALUES (2)");
        second.await.expect("a row");
        let inner = outer.begin().await.expect("an inner one");
        let again = inner.execute_unprepared("INSERT INTO kept VALUES (2)");
        again.await.expect_err("it is there");
        inner.rollback().await.expect("it is undone");
        outer.commit().await.expect("it is kept");
        let kept = number(&alpha, COUNT).await.expect("a count");
        assert_eq!(kept, expected + 1, "{mode}");
        stop(backend).await;
    }
}

#[tokio::test]
async fn a_row_that_changed_since_it_was_read_is_a_serialization_failure_on_mariadb() {
    let Some(database) = TestDatabase::create(Engine::MySql).await else {
        return;
    };
    let backend = backend(database.config()).start().await;
    let alpha = client(&backend, "alpha").await;
    table(&alpha).await;
    let insert = alpha.execute_unprepared("INSERT INTO kept VALUES (1)");
    insert.await.expect("a row");
    let transaction = alpha.begin().await.expect("a transaction");
    // MySQL, and MariaDB before 10.6, know no such thing.
    let strict = transaction.execute_unprepared("SET innodb_snapshot_isolation = ON");
    if strict.await.is_ok() {
        assert_eq!(number(&transaction, COUNT).await.expect("a count"), 1);
        let other = alpha.execute_unprepared("UPDATE kept SET id = 2 WHERE id = 1");
        other.await.expect("it is changed");
        let late = transaction.execute_unprepared("UPDATE kept SET id = 3 WHERE id = 1");
        let error = late.await.expect_err("it is not what was read");
        assert!(is_serialization_failure(&error), "{error}");
    }
    drop(transaction);
    stop(backend).await;
}
