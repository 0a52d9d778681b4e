//! A plugin with a task whose runs leave rows in a table: how many processes at once run it can be counted.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use greenroom::prelude::*;
use greenroom_services::database::{
    Database, DatabaseClient, DatabaseError, DatabaseService, Migrations,
};
use schemars::JsonSchema;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTraitSelf as _;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TickerSettings {
    /// Where the rows go.
    url: String,
    /// When the task runs.
    schedule: TaskSchedule,
    /// How long a run takes.
    work_milliseconds: u64,
}

struct Direct(DatabaseConnection);

#[async_trait]
impl DatabaseService for Direct {
    async fn client(&self) -> Result<DatabaseClient, DatabaseError> {
        Ok(self.0.clone().into())
    }

    async fn apply(&self, migrations: Migrations) -> Result<(), DatabaseError> {
        Ok(migrations.up(&self.0, None).await?)
    }
}

/// The test's database, in which the test has made the tables before.
#[service_factory]
pub async fn database(settings: Settings<TickerSettings>) -> Result<Database> {
    let connection = sea_orm::Database::connect(&settings.url).await?;
    Ok(Arc::new(Direct(connection)))
}

#[backend_plugin(id = "ticker")]
pub async fn plugin(
    settings: Settings<TickerSettings>,
    database: Database,
    scheduler: Scheduler,
    logger: Logger,
) -> Result<()> {
    let client = database.client().await?;
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
