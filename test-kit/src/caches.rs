//! A cache for each test, of every store that is here.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use redis::{
    Client, Commands as _, Connection, ExistenceCheck, RedisError, RedisResult, SetExpiry,
    SetOptions,
};
use serde_json::{Value, json};
use url::Url;

use crate::databases::unique;
use crate::servers::{Kind, shared, worker};

/// How long the kit waits for Redis.
const PATIENCE: Duration = Duration::from_secs(10);

/// A test that is killed gives its database back after this.
const CLAIM: Duration = Duration::from_secs(60 * 60);

/// A store of `core.cache`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheStore {
    /// The memory of the backend: gone with it, and seen by no other.
    Memory,
    /// Redis or Valkey.
    Redis,
}

impl CacheStore {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Memory, Self::Redis];
}

impl fmt::Display for CacheStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Memory => "memory",
            Self::Redis => "Redis",
        })
    }
}

/// An empty cache of one test, emptied again when this value is dropped. Keep it until the backends that use it have
/// stopped.
///
/// Redis comes from the URL in `GREENROOM_TEST_REDIS_URL`, else from a server that is installed and started for
/// the tests of this process, else from a container. A test has one of the server's numbered databases for itself.
///
/// ```
/// # use greenroom_test_kit::{CacheStore, TestCache};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // `None`: there is no Redis here, which was said on standard error.
/// let Some(cache) = TestCache::create(CacheStore::Redis).await else { return };
/// assert_eq!(cache.config()["store"], "redis");
/// # }
/// ```
#[derive(Debug)]
pub struct TestCache {
    store: CacheStore,
    url: String,
    // Dropped with it.
    _claim: Option<Claim>,
}

impl TestCache {
    /// An empty cache of this store; `None` and a word on standard error when there is none.
    ///
    /// # Panics
    ///
    /// When there is none and `GREENROOM_TEST_REQUIRE` names it, and when a server that is there has no database left.
    #[track_caller]
    pub fn create(store: CacheStore) -> impl Future<Output = Option<Self>> + Send {
        Self::create_for(store, Location::caller())
    }

    /// An empty cache of every store that is here; those that are not are named on standard error.
    ///
    /// # Panics
    ///
    /// When one is missing that `GREENROOM_TEST_REQUIRE` names, and when a server that is there has no database left.
    #[track_caller]
    pub fn each() -> impl Future<Output = Vec<Self>> + Send {
        let caller = Location::caller();
        async move {
            let mut caches = Vec::new();
            for store in CacheStore::ALL {
                caches.extend(Self::create_for(store, caller).await);
            }
            caches
        }
    }

    async fn create_for(store: CacheStore, caller: &'static Location<'static>) -> Option<Self> {
        if store == CacheStore::Memory {
            return Some(Self {
                store,
                url: "memory".to_owned(),
                _claim: None,
            });
        }
        let server = match shared(Kind::Redis).await {
            Ok(server) => server,
            Err(why) => {
                Kind::Redis.requirement().missing_at(caller, why);
                return None;
            }
        };
        let claimed = worker::run(move || async move { Claim::make(&server) }).await;
        let claim = claimed.unwrap_or_else(|problem| panic!("no cache for the test: {problem}"));
        Some(Self {
            store,
            url: claim.url(),
            _claim: Some(claim),
        })
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> CacheStore {
        self.store
    }

    /// What stands under `backend.cache` for a backend that uses it.
    #[must_use]
    pub fn config(&self) -> Value {
        match self.store {
            CacheStore::Memory => json!({ "store": "memory" }),
            CacheStore::Redis => json!({ "store": "redis", "connection": self.url }),
        }
    }

    /// The URL for a bare client; `memory` is none.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// One of the numbered databases of a Redis server, which other tests of this and other processes leave alone: a key in
/// database 0 says whose it is.
#[derive(Debug)]
struct Claim {
    server: Url,
    number: u32,
    owner: String,
}

impl Claim {
    /// Takes the first that nobody has, and empties it: a test that was killed may have left something.
    fn make(server: &Url) -> Result<Self, String> {
        let mut server = server.clone();
        server.set_path("");
        let (owner, failed) = (unique(), |error: RedisError| error.to_string());
        let mut connection = connect(&server).map_err(failed)?;
        for number in 1.. {
            let key = key(number);
            let options = SetOptions::default()
                .conditional_set(ExistenceCheck::NX)
                .with_expiration(SetExpiry::EX(CLAIM.as_secs()));
            let set: Option<String> = connection
                .set_options(&key, &owner, options)
                .map_err(failed)?;
            if set.is_none() {
                continue;
            }
            if let Err(error) = empty(&mut connection, number) {
                let _: RedisResult<()> = connection.del(&key);
                return Err(format!(
                    "database {number} of the server cannot be used ({error}). If other tests have all before it, start \
                     the server with more `databases`"
                ));
            }
            return Ok(Self {
                server,
                number,
                owner,
            });
        }
        unreachable!("the server refuses a number some time")
    }

    fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.number.to_string());
        url.into()
    }

    fn give_back(&self) -> RedisResult<()> {
        let mut connection = connect(&self.server)?;
        let key = key(self.number);
        let owner: Option<String> = connection.get(&key)?;
        if owner.as_deref() == Some(&self.owner) {
            empty(&mut connection, self.number)?;
            connection.del::<_, ()>(&key)?;
        }
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A server that is away by now has nobody to wait for.
        let _ = self.give_back();
    }
}

fn key(number: u32) -> String {
    format!("greenroom-test:database:{number}")
}

fn connect(server: &Url) -> RedisResult<Connection> {
    let connection = Client::open(server.as_str())?.get_connection_with_timeout(PATIENCE)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    Ok(connection)
}

/// Empties a database, and goes back to the one with the claims.
fn empty(connection: &mut Connection, number: u32) -> RedisResult<()> {
    let select = |number: u32| {
        let mut command = redis::cmd("SELECT");
        command.arg(number);
        command
    };
    select(number).exec(connection)?;
    redis::cmd("FLUSHDB").exec(connection)?;
    select(0).exec(connection)
}
