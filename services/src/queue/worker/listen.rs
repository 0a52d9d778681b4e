//! Hearing of jobs that other replicas enqueue, where the database tells: PostgreSQL, by `LISTEN`.
//!
//! It takes a connection for as long as the worker works: one of its own, beside those of the plugin's pool, which may
//! be as small as one. Where plugins share a pool that would be one more for each plugin, so there the worker finds out
//! by looking, as it does on other databases.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::database::DatabaseClient;
use crate::queue::service::Shared;
use crate::queue::store::CHANNEL;

/// How long it waits after the connection could not be had.
const PAUSE: Duration = Duration::from_secs(5);

/// Wakes the worker whenever somebody has enqueued a job, for ever; or ends at once, where nobody tells.
pub(super) async fn run(shared: Arc<Shared>, client: DatabaseClient) {
    let Some(pool) = client.postgres_pool() else {
        return;
    };
    loop {
        let Err(error) = listen(&shared, pool).await;
        shared.hears.store(false, Ordering::Relaxed);
        tracing::debug!(%error, "Nobody tells of jobs that others enqueue; the worker looks more often");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(shared: &Shared, pool: &PgPool) -> Result<Infallible, sqlx::Error> {
    let schema = sqlx::query_scalar("SELECT CAST(current_schema() AS TEXT)");
    let schema: Option<String> = schema.fetch_one(pool).await?;
    let options = (*pool.connect_options()).clone();
    let own = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&own).await?;
    listener.listen(CHANNEL).await?;
    shared.hears.store(true, Ordering::Relaxed);
    loop {
        // What was enqueued before somebody listened is there by now.
        shared.look_soon.store(true, Ordering::Relaxed);
        shared.wake.notify_one();
        // The channel is the whole database's. Nothing at all is a connection that was lost and made anew.
        while let Some(told) = listener.try_recv().await? {
            if Some(told.payload()) == schema.as_deref() {
                break;
            }
        }
    }
}
