//! What does a scheduler ask of its database that has nothing to do?
//!
//! ```text
//! cargo run --release -p greenroom-benches --example scheduler [seconds]
//! ```
//!
//! PostgreSQL counts the transactions of each database, and a statement by itself is one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use greenroom::clock::SystemClock;
use greenroom::database::{DatabaseClient, DatabaseError, DatabaseService, Migrations};
use greenroom::role::Role;
use greenroom::scheduler::{Scheduler, SchedulerParts, SchedulerTiming, TaskSchedule, create};
use greenroom_benches::BoxError;
use greenroom_benches::table::{Table, verdict};
use greenroom_test_kit::{Engine, TestDatabase};
use opentelemetry::metrics::{MeterProvider as _, noop::NoopMeterProvider};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTraitSelf as _;
use tokio::task::JoinSet;
use tokio::time::sleep;

const DAY: Duration = Duration::from_secs(86_400);

/// How long sessions take to report what they did.
const SETTLED: Duration = Duration::from_secs(12);

/// What an idle backend may ask in a minute.
const AIM: f64 = 60.0;

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

/// The statements of an idle minute with this many tasks.
async fn idle(tasks: usize, measured: Duration) -> Result<Option<f64>, BoxError> {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return Ok(None);
    };
    let connection = sea_orm::Database::connect(database.url()).await?;
    let background = Arc::new(Mutex::new(JoinSet::new()));
    let spawned = Arc::clone(&background);
    let scheduler = create(SchedulerParts {
        plugin_id: "idle".to_owned(),
        database: Arc::new(Direct(connection.clone())),
        clock: Arc::new(SystemClock),
        meter: NoopMeterProvider::new().meter("idle"),
        spawn: Some(Arc::new(move |_, work| {
            let mut spawned = spawned.lock().unwrap_or_else(PoisonError::into_inner);
            spawned.spawn(work);
        })),
        state: None,
        role: Role::Both,
        timing: SchedulerTiming::default(),
    });
    let scheduler: Scheduler = scheduler;
    for task in 0..tasks {
        let schedule = TaskSchedule::every(DAY).initial_delay(DAY);
        let id = format!("task-{task}");
        scheduler.schedule_task(&id, schedule, async |_| ()).await?;
    }
    sleep(SETTLED).await;
    let before = transactions(&connection).await?;
    sleep(measured).await;
    let after = transactions(&connection).await?;
    // The first question is counted too.
    let asked = (after - before - 1) as f64;
    Ok(Some(asked * 60.0 / measured.as_secs_f64()))
}

async fn transactions(connection: &DatabaseConnection) -> Result<i64, BoxError> {
    let sql = "SELECT xact_commit + xact_rollback AS n FROM pg_stat_database \
               WHERE datname = current_database()";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await?;
    Ok(row.ok_or("no such database")?.try_get("", "n")?)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let seconds = std::env::args().nth(1);
    let seconds = seconds.map_or(Ok(60), |seconds| seconds.parse())?;
    let measured = Duration::from_secs(seconds);
    let (one, hundred) = tokio::join!(idle(1, measured), idle(100, measured));
    let (Some(one), Some(hundred)) = (one?, hundred?) else {
        println!("there is no PostgreSQL here");
        return Ok(());
    };
    let mut table = Table::new(&["idle tasks", "statements/min"]);
    table.row(["1".to_owned(), format!("{one:.0}")]);
    table.row(["100".to_owned(), format!("{hundred:.0}")]);
    println!("{table}");
    println!(
        "\nAim: fewer than {AIM} with 100 tasks, as many as with one: {}",
        verdict(hundred < AIM && (hundred - one).abs() <= 2.0)
    );
    Ok(())
}
