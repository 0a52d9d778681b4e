//! The plugin `todo`: what users have to do, each for themselves.
//!
//! Nothing is kept in the process, so any number of replicas can serve it: what must be kept is in the database, what may
//! be lost in the cache, and what runs in the background is coordinated by the scheduler and the queue.

use greenroom::prelude::*;

mod entity;
mod migrations;
mod repository;
mod router;
mod settings;
mod todos;

use migrations::Migrator;
use repository::Repository;
use settings::TodoSettings;
use todos::{Reminder, Todos};

#[backend_plugin(id = "todo")]
pub async fn plugin(
    settings: Settings<TodoSettings>,
    database: Database,
    cache: Cache,
    queues: Queues,
    scheduler: Scheduler,
    clock: Clock,
    logger: Logger,
    http_router: HttpRouter,
) -> Result<()> {
    database.migrate::<Migrator>().await?;
    let repository = Repository::new(database.client().await?, clock);
    let reminders = queues
        .declare::<Reminder>("reminders", QueueOptions::new())
        .await?;
    let todos = Todos::new(
        repository,
        cache,
        reminders.clone(),
        settings.page_size,
        logger,
    );

    let worker = todos.clone();
    reminders.work(async move |job: Job<Reminder>| worker.remind(&job.payload).await)?;

    let (sweeper, keep) = (todos.clone(), settings.keep_done_for.into());
    let sweep = async move |_: TaskContext| sweeper.sweep(keep).await;
    scheduler
        .schedule_task("sweep", settings.sweep.clone(), sweep)
        .await?;

    // No policy opens a path, so that each wants credentials; the handlers say whose.
    http_router.mount(router::create(todos));
    Ok(())
}

#[cfg(test)]
mod tests;
