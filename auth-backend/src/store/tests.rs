//! The tables in SQLite, with a time that is set. The tests of the state have the other engines and several replicas.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use greenroom::clock::ClockService;
use greenroom::database::DatabaseClient;
use greenroom::database::sea_orm::{ConnectionTrait as _, Statement};
use greenroom::prelude::*;
use greenroom_test_kit::mock_services::{FakeDatabase, FakeLogger};

use super::pending::ROOM;
use super::{Pending, Stores};

/// Seconds since 1970.
#[derive(Debug, Default)]
struct Time(AtomicU64);

impl Time {
    fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl ClockService for Time {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    time: Arc<Time>,
    database: Database,
}

impl World {
    fn new() -> Self {
        Self {
            time: Arc::default(),
            database: FakeDatabase::new().of("auth"),
        }
    }

    /// As one process has them.
    async fn stores(&self) -> Stores {
        let clock: Clock = self.time.clone();
        let logger: Logger = FakeLogger::new();
        let stores = Stores::open(&self.database, &clock, &logger);
        stores.await.expect("it is in memory")
    }

    async fn client(&self) -> DatabaseClient {
        self.database.client().await.expect("it is in memory")
    }

    async fn count(&self, table: &str) -> i64 {
        let client = self.client().await;
        let question = format!("SELECT COUNT(*) FROM {table}");
        let question = Statement::from_string(client.get_database_backend(), question);
        let row = client.query_one_raw(question).await.expect("it is there");
        let row = row.expect("there is a number");
        row.try_get_by_index(0).expect("it is a number")
    }
}

fn pending() -> Pending {
    Pending {
        state: "state".to_owned(),
        nonce: Secret::new("nonce".to_owned()),
        verifier: Secret::new("verifier".to_owned()),
    }
}

const HOUR: u64 = 60 * 60;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[tokio::test]
async fn who_signed_in_again_has_new_owners_and_a_restart_forgets_nobody() {
    let world = World::new();
    let stores = world.stores().await;
    let owners = ["user:default/jane", "group:default/team"].map(str::to_owned);
    for owners in [&owners[..1], &owners[..]] {
        let put = stores.users.put("user:default/jane", owners, at(HOUR));
        put.await.expect("it is in memory");
    }
    drop(stores);
    let users = world.stores().await.users;
    let known = users.owners("user:default/jane").await;
    assert_eq!(
        known.expect("it is in memory").as_deref(),
        Some(&owners[..])
    );
    let unknown = users.owners("user:default/joe").await;
    assert_eq!(unknown.expect("it is in memory"), None);
}

#[tokio::test]
async fn who_cannot_have_a_token_any_more_is_forgotten() {
    let world = World::new();
    let users = world.stores().await.users;
    let put = async |user: &str, until| {
        let put = users.put(user, &[], at(until));
        put.await.expect("it is in memory");
    };
    put("user:default/jane", HOUR).await;
    world.time.set(25 * HOUR);
    put("user:default/joe", 26 * HOUR).await;
    assert_eq!(world.count("greenroom_auth_users").await, 2, "not yet");
    world.time.set(26 * HOUR);
    put("user:default/joe", 27 * HOUR).await;
    assert_eq!(world.count("greenroom_auth_users").await, 1);
    let known = users.owners("user:default/joe").await;
    assert!(known.expect("it is in memory").is_some());
}

#[tokio::test]
async fn a_sign_in_is_taken_once_and_not_too_late() {
    let world = World::new();
    let (one, two) = (world.stores().await.pending, world.stores().await.pending);
    let put = async |id: &str| {
        let put = one.put(id, pending(), Duration::from_secs(10));
        put.await.expect("it is in memory");
    };
    put("a").await;
    world.time.set(9);
    assert!(two.take("b").await.expect("it is in memory").is_none());
    let (first, second) = tokio::join!(one.take("a"), two.take("a"));
    let taken = [first, second].map(|taken| taken.expect("it is in memory").is_some());
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 1, "{taken:?}");
    assert!(one.take("a").await.expect("it is in memory").is_none());
    put("a").await;
    world.time.set(19);
    assert!(one.take("a").await.expect("it is in memory").is_none());
}

#[tokio::test]
async fn what_has_ended_goes_and_who_ends_first_makes_room() {
    let world = World::new();
    let sign_ins = world.stores().await.pending;
    let put = async |id: &str| {
        let put = sign_ins.put(id, pending(), Duration::from_secs(600));
        put.await.expect("it is in memory");
    };
    put("old").await;
    world.time.set(600);
    put("new").await;
    let table = "greenroom_auth_sign_ins";
    assert_eq!(world.count(table).await, 1, "the old one has ended");

    // As many as there is room for, each of which ends later than the one before.
    let many = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= {ROOM}) \
         INSERT INTO {table} SELECT 'n' || i, 's', 'n', 'v', 1200001 + i FROM n"
    );
    let many = world.client().await.execute_unprepared(&many).await;
    many.expect("it is valid");
    world.time.set(700);
    put("newest").await;
    assert_eq!(
        world.count(table).await,
        i64::try_from(ROOM).expect("it is small")
    );
    let mut there = Vec::new();
    for id in ["new", "n1", "n2", "n3", "newest"] {
        let taken = sign_ins.take(id).await.expect("it is in memory");
        there.push((id, taken.is_some()));
    }
    assert_eq!(
        there,
        [
            ("new", false),
            ("n1", false),
            ("n2", false),
            ("n3", true),
            ("newest", true)
        ]
    );
}
