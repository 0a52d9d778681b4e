//! No plugin sees what another one has.

use greenroom::database::sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::{backend, client, every_mode, number, stop};

#[tokio::test]
async fn a_plugin_does_not_see_the_tables_of_another() {
    for (mode, _database, config) in every_mode().await {
        let backend = backend(config).start().await;
        let (alpha, beta) = (
            client(&backend, "alpha").await,
            client(&backend, "beta").await,
        );
        let sql = "CREATE TABLE kept (id INTEGER PRIMARY KEY)";
        alpha.execute_unprepared(sql).await.expect("a table");
        alpha
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .expect("a row");
        let other = number(&beta, "SELECT count(*) FROM kept").await;
        assert!(other.is_err(), "{mode}: `beta` sees the table of `alpha`");
        beta.execute_unprepared(sql)
            .await
            .unwrap_or_else(|error| panic!("{mode}: {error}"));
        for round in 0..3 {
            let theirs = number(&beta, "SELECT count(*) FROM kept").await;
            assert_eq!(theirs.expect("a count"), 0, "{mode}, round {round}");
            let own = number(&alpha, "SELECT count(*) FROM kept").await;
            assert_eq!(own.expect("a count"), 1, "{mode}, round {round}");
        }
        let transaction = beta.begin().await.expect("a transaction");
        let theirs = number(&transaction, "SELECT count(*) FROM kept").await;
        assert_eq!(theirs.expect("a count"), 0, "{mode}");
        drop(transaction);
        stop(backend).await;
    }
}

#[tokio::test]
async fn what_is_kept_outlives_the_backend_where_it_is_to() {
    for (mode, _database, config) in every_mode().await {
        if mode == "SqliteMemory" {
            continue;
        }
        let first = backend(config.clone()).start().await;
        let alpha = client(&first, "alpha").await;
        alpha
            .execute_unprepared("CREATE TABLE kept (id INTEGER PRIMARY KEY)")
            .await
            .expect("a table");
        alpha
            .execute_unprepared("INSERT INTO kept VALUES (1)")
            .await
            .expect("a row");
        drop(alpha);
        stop(first).await;
        let second = backend(config).start().await;
        let alpha = client(&second, "alpha").await;
        let kept = number(&alpha, "SELECT count(*) FROM kept").await;
        assert_eq!(kept.expect("a count"), 1, "{mode}");
        stop(second).await;
    }
}
