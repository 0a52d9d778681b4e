//! The making of databases: one at a time, over connections that are closed at once.

use std::future::Future;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

use crate::database::DatabaseError;

/// How often something is tried that another replica does at the same moment.
const TRIES: u32 = 10;

/// Lets one at a time make something.
#[derive(Debug, Default)]
pub(in crate::database) struct Admin(Mutex<()>);

/// What came of a try.
pub(super) enum Made {
    Done,
    /// Somebody else is at it.
    Again(sqlx::Error),
    Failed(DatabaseError),
}

impl Admin {
    /// Tries until it is there. Ten replicas that start at once get in each other's way, and the server says so by
    /// errors that are over a moment later.
    pub(super) async fn make<F>(&self, mut one_try: impl FnMut() -> F) -> Result<(), DatabaseError>
    where
        F: Future<Output = Made>,
    {
        let _turn = self.0.lock().await;
        let mut tries = 0;
        loop {
            match one_try().await {
                Made::Done => return Ok(()),
                Made::Failed(error) => return Err(error),
                Made::Again(error) if tries >= TRIES => return Err(error.into()),
                Made::Again(_) => {}
            }
            tries += 1;
            // Those who collided do not come back at one moment.
            let pause = 20 * u64::from(tries) + fastrand::u64(0..50);
            sleep(Duration::from_millis(pause)).await;
        }
    }
}
