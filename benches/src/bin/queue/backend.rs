//! A backend whose plugin has a queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use greenroom::config::{Config, ConfigArguments};
use greenroom::prelude::*;
use greenroom::queue::JobError;
use greenroom::root_http_router::NoListen;
use greenroom::{Backend, Entry, Inputs, RootContext};
use greenroom_benches::BoxError;
use serde_json::{Value, json};
use tokio::sync::{Notify, OnceCell};

use super::{CONCURRENCY, Took, timed};

/// Where the plugin puts its queue.
#[derive(Clone, Default)]
struct Handed(Arc<OnceCell<Queue<usize>>>);

#[backend_plugin(id = "bench")]
async fn plugin(queues: Queues, context: Arc<RootContext>) -> Result<()> {
    let handed: &Handed = context.input().ok_or("the handle is an input")?;
    let options = QueueOptions::new().concurrency(CONCURRENCY);
    handed.0.set(queues.declare("bench", options).await?)?;
    Ok(())
}

pub(super) async fn run(database: &Value, jobs: usize) -> Result<Took, BoxError> {
    let handed = Handed::default();
    let config = json!({ "backend": { "logger": { "level": "error" }, "database": database } });
    let config = Config::from_json(config);
    let inputs = Inputs::new()
        .with(ConfigArguments::fixed(config))
        .with(NoListen)
        .with(handed.clone());
    let entries = [Entry::of::<greenroom::defaults>(), Entry::of::<plugin>()];
    let running = Backend::compose(&entries)?.start(inputs).await?;
    let queue = handed.0.get().ok_or("the plugin has declared it")?;
    let numbers: Vec<usize> = (0..jobs).collect();
    let (_, enqueue) = timed(queue.enqueue_all(&numbers)).await?;
    let (done, all_done) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, told) = (Arc::clone(&done), Arc::clone(&all_done));
    let work = async {
        queue.work(async move |_: Job<usize>| {
            if counted.fetch_add(1, Ordering::Relaxed) + 1 == jobs {
                told.notify_one();
            }
            Ok::<(), JobError>(())
        })?;
        all_done.notified().await;
        // What the handlers have done, the table does not know yet.
        while queue.figures().await?.running > 0 {}
        Ok::<(), BoxError>(())
    };
    let ((), work) = timed(work).await?;
    running.stop().await;
    Ok(Took { enqueue, work })
}
