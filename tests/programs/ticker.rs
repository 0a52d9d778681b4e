//! A plugin with a task whose runs leave rows in a table: how many processes at once run it can be counted.

use std::time::{Duration, UNIX_EPOCH};

use greenroom::database::Database;
use greenroom::prelude::*;
use schemars::JsonSchema;
use sea_orm::{ConnectionTrait as _, Statement};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TickerSettings {
    /// When the task runs.
    schedule: TaskSchedule,
    /// How long a run takes.
    work_milliseconds: u64,
}

#[backend_plugin(id = "ticker")]
pub(super) async fn plugin(
    settings: Settings<TickerSettings>,
    database: Database,
    scheduler: Scheduler,
    logger: Logger,
) -> Result<()> {
    let client = database.client().await?;
    // The test starts the first process alone.
    client
        .execute_unprepared(
            "CREATE TABLE IF NOT EXISTS ticks (fence BIGINT PRIMARY KEY, slot_at BIGINT NOT NULL, \
             began_at BIGINT NOT NULL, ended_at BIGINT)",
        )
        .await?;
    let takes = Duration::from_millis(settings.work_milliseconds);
    let tick = async move |context: TaskContext| -> Result<()> {
        let backend = client.get_database_backend();
        let now = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        let fence = i64::try_from(context.fencing_number())?;
        let slot = context.scheduled_at().duration_since(UNIX_EPOCH)?;
        let slot = i64::try_from(slot.as_millis())?;
        let began = format!("INSERT INTO ticks (fence, slot_at, began_at) VALUES ($1, $2, {now})");
        let began = Statement::from_sql_and_values(backend, began, [fence.into(), slot.into()]);
        client.execute_raw(began).await?;
        logger.info(format!("tick {fence}"));
        tokio::time::sleep(takes).await;
        let ended = format!("UPDATE ticks SET ended_at = {now} WHERE fence = $1");
        let ended = Statement::from_sql_and_values(backend, ended, [fence.into()]);
        client.execute_raw(ended).await?;
        Ok(())
    };
    scheduler
        .schedule_task("tick", settings.schedule.clone(), tick)
        .await?;
    Ok(())
}
