//! The engines that the test kit finds or starts: each test has its own database and cache.

use std::time::Duration;

use greenroom_test_kit::{CacheStore, Engine, TestCache, TestDatabase, TestServer};
use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection, DbErr, Statement};

/// Connects to the database as a bare client does.
async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    // In memory, each connection would have a database of its own.
    options
        .max_connections(1)
        .connect_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

/// Runs statements; gives the number that the last one asks for.
async fn ask(url: &str, statements: &[&str]) -> Result<i64, DbErr> {
    let connection = connect(url).await?;
    let (question, before) = statements.split_last().expect("there is a question");
    for statement in before {
        connection.execute_unprepared(statement).await?;
    }
    let backend = connection.get_database_backend();
    let question = Statement::from_string(backend, *question);
    let row = connection.query_one_raw(question).await?;
    let number = row.expect("one row").try_get_by_index(0)?;
    connection.close().await?;
    Ok(number)
}

const KEPT: [&str; 3] = [
    "CREATE TABLE kept (id INTEGER PRIMARY KEY)",
    "INSERT INTO kept VALUES (1)",
    "SELECT COUNT(*) FROM kept",
];

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    for engine in Engine::ALL {
        let Some(one) = TestDatabase::create(engine).await else {
            continue;
        };
        let other = TestDatabase::create(engine).await;
        let other = other.expect("where there was one there is another");
        for database in [one, other] {
            let counted = ask(database.url(), &KEPT).await;
            assert_eq!(counted.expect("it works"), 1, "{engine}");
        }
    }
}

#[tokio::test]
async fn databases_go_with_their_tests() {
    for engine in [Engine::Postgres, Engine::MySql] {
        let Some(database) = TestDatabase::create(engine).await else {
            continue;
        };
        let url = database.url().to_owned();
        // Somebody who has not hung up yet.
        let open = connect(&url).await.expect("it works");
        drop(database);
        assert!(ask(&url, &["SELECT 1"]).await.is_err(), "{engine}");
        drop(open);
    }
}

#[tokio::test]
async fn each_test_has_a_cache_of_its_own() {
    let Some(one) = TestCache::create(CacheStore::Redis).await else {
        return;
    };
    let other = TestCache::create(CacheStore::Redis).await;
    let other = other.expect("where there was one there is another");
    let connect = async |cache: &TestCache| {
        let client = redis::Client::open(cache.url()).expect("it is a URL");
        let connection = client.get_multiplexed_async_connection().await;
        connection.expect("the server answers")
    };
    let (mut first, mut second) = (connect(&one).await, connect(&other).await);
    let set = redis::cmd("SET").arg("key").arg("one").to_owned();
    set.exec_async(&mut first).await.expect("it is kept");
    let size = async |connection: &mut redis::aio::MultiplexedConnection| {
        let size = redis::cmd("DBSIZE").query_async::<u32>(connection).await;
        size.expect("the server answers")
    };
    assert_eq!((size(&mut first).await, size(&mut second).await), (1, 0));
    drop(one);
    assert_eq!(size(&mut first).await, 0);
}

#[tokio::test]
async fn a_server_of_ones_own_is_killed_and_comes_back_with_what_was_committed() {
    for server in [TestServer::postgres().await, TestServer::mysql().await] {
        let Some(server) = server else { continue };
        let counted = ask(server.url(), &KEPT).await;
        assert_eq!(counted.expect("it works"), 1);
        for round in 0..2 {
            if round == 0 {
                server.kill();
            } else {
                server.stop().await;
            }
            assert!(ask(server.url(), &["SELECT 1"]).await.is_err());
            server.start().await;
            let counted = ask(server.url(), &KEPT[2..]).await;
            assert_eq!(counted.expect("it is back"), 1);
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_answers_nobody_until_it_goes_on() {
    let hang = async |server: Option<TestServer>| {
        let Some(server) = server else { return };
        server.freeze();
        assert!(!server.answers().await);
        server.thaw();
        assert!(server.answers().await);
        // One that hangs can be killed, and comes back.
        server.freeze();
        server.kill();
        server.start().await;
        assert!(server.answers().await);
    };
    let (postgres, redis) = (TestServer::postgres().await, TestServer::redis().await);
    tokio::join!(hang(postgres), hang(redis));
}
