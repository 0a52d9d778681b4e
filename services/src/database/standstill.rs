//! A paused clock that does not run away while SQLite works.
//!
//! In a test whose clock is paused, tokio moves the clock to the next timer whenever the runtime has nothing to do.
//! SQLite works on a thread of its own, so to tokio that looks like nothing: every deadline would be over at once. But
//! while blocking work is under way the clock stays. So for as long as this value lives, there is some.

use std::future::pending;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::oneshot;

/// Holds the clock.
#[derive(Debug)]
pub(super) struct Standstill {
    _release: mpsc::Sender<()>,
    overdue: oneshot::Receiver<()>,
}

impl Standstill {
    /// Begins to hold it, for as long as this value lives; after `limit`, by the clock on the wall, it is overdue.
    pub(super) fn begin(limit: Duration) -> Self {
        let (release, held) = mpsc::channel();
        let (tell, overdue) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            // It ends when the other side is dropped.
            if held.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                let _ = tell.send(());
                let _: Result<(), mpsc::RecvError> = held.recv();
            }
        });
        Self {
            _release: release,
            overdue,
        }
    }

    /// Waits until it has been held for too long.
    pub(super) async fn overdue(&mut self) {
        if (&mut self.overdue).await.is_err() {
            // The runtime ends.
            pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    use crate::database::RootDatabase;

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_its_own_connection_is_told() {
        let root = RootDatabase::in_memory_for(Duration::from_millis(50));
        let client = root.for_plugin("test").client().await;
        let client = client.expect("SQLite in memory needs nothing");
        let before = tokio::time::Instant::now();
        let transaction = client.begin().await.expect("a transaction");
        let nested = client.execute_unprepared("SELECT 1").await.map(drop);
        let raw = client
            .sqlite()
            .await
            .map(drop)
            .map_err(|error| error.to_string());
        for told in [nested.map_err(|error| error.to_string()), raw] {
            let told = told.expect_err("there is one connection, and it holds that");
            for part in [
                "plugin `test`: no connection to SQLite in memory within 0.05 s",
                "all 1 connections are in use; give them back sooner (a transaction holds one)",
            ] {
                assert!(told.contains(part), "{told}");
            }
        }
        assert_eq!(before.elapsed(), Duration::ZERO);
        transaction.commit().await.expect("it is as it was");
        let after = client.execute_unprepared("SELECT 1").await;
        after.expect("the connection is back");
    }

    #[tokio::test(start_paused = true)]
    async fn no_deadline_is_over_because_the_clock_is_moved() {
        let root = RootDatabase::in_memory();
        let client = root.for_plugin("test").client().await;
        let client = client.expect("SQLite in memory needs nothing");
        let transaction = client.begin().await.expect("a transaction");
        let waiting = client.execute_unprepared("SELECT 1");
        let test = async {
            tokio::time::advance(Duration::from_secs(86_400)).await;
            transaction.commit().await.expect("it is as it was");
        };
        let (waited, ()) = tokio::join!(waiting, test);
        waited.expect("it has waited for a moment");
    }

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_stays_while_sqlite_works() {
        let before = tokio::time::Instant::now();
        let timer = tokio::spawn(tokio::time::sleep(Duration::from_secs(3600)));
        let database = RootDatabase::in_memory().for_plugin("test");
        let client = database
            .client()
            .await
            .expect("SQLite in memory needs nothing");
        for number in 0..20 {
            let sql = format!("CREATE TABLE t{number} (id INTEGER)");
            client.execute_unprepared(&sql).await.expect("a table");
        }
        assert_eq!(before.elapsed(), Duration::ZERO);
        timer.abort();
    }
}
