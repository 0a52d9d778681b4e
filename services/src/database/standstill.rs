//! A paused clock that does not run away while SQLite works.
//!
//! In a test whose clock is paused, tokio moves the clock to the next timer whenever the runtime has nothing to do.
//! SQLite works on a thread of its own, so to tokio that looks like nothing: every deadline would be over at once. But
//! while blocking work is under way the clock stays. So for as long as this value lives, there is some.

use std::sync::mpsc;

/// Holds the clock.
pub(super) struct Standstill {
    _release: mpsc::Sender<()>,
}

impl Standstill {
    pub(super) fn begin() -> Self {
        let (release, held) = mpsc::channel();
        tokio::task::spawn_blocking(move || {
            // It ends when the other side is dropped.
            let _: Result<(), mpsc::RecvError> = held.recv();
        });
        Self { _release: release }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait as _;

    use crate::database::RootDatabase;

    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_stays_while_sqlite_works() {
        let before = tokio::time::Instant::now();
        let timer = tokio::spawn(tokio::time::sleep(std::time::Duration::from_secs(3600)));
        let database = RootDatabase::in_memory().for_plugin("test");
        let client = database
            .client()
            .await
            .expect("SQLite in memory needs nothing");
        for number in 0..20 {
            let sql = format!("CREATE TABLE t{number} (id INTEGER)");
            client.execute_unprepared(&sql).await.expect("a table");
        }
        assert_eq!(before.elapsed(), std::time::Duration::ZERO);
        timer.abort();
    }
}
