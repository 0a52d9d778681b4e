//! `migrate`: what an operator sees of the migrations.

use std::path::Path;
use std::time::Duration;

use greenroom::BoxError;
use greenroom::database::sea_orm::{ConnectionTrait as _, Statement};
use greenroom::database::{DatabaseService, MigrationAction, MigrationCommand, MigrationState};
use greenroom::logger::Level;
use greenroom::prelude::*;
use greenroom::scheduler::TaskScope;
use greenroom::startup_policy::EveryPluginForItself;
use greenroom_test_kit::{Engine, StartedTestBackend, TestBackend, TestDatabase, test_backend};
use serde_json::{Value, json};

use super::support::program::{self, Parts as _};
use super::support::{get, raw};

const CONFIG: &str = "backend:
  listen: 127.0.0.1:0
  database:
    client: better-sqlite3
    connection:
      directory: DIRECTORY
";

fn config(directory: &Path) -> String {
    let directory = directory.to_str().expect("it is text");
    CONFIG.replace("DIRECTORY", directory)
}

async fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let config = config(directory);
    let all = ["migrate", "--config", "app-config.yaml"];
    let all = [&all[..], arguments].concat();
    let program = program::example("stateful-program", &all, &config);
    let (status, lines, errors) = program.parts().await;
    (status.code().unwrap_or(-1), lines.join("\n"), errors)
}

#[tokio::test]
async fn they_are_shown_applied_and_undone() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path();
    let file = place.join("tea.sqlite");
    let report = |first: &str, second: &str| {
        format!(
            "plugin `tea`: SQLite in the file {}, table `seaql_migrations`\n  m20260101_teas    {first}\n  m20260201_prices  {second}",
            file.display()
        )
    };
    // Every plugin that can issue tokens has a table of keys too.
    let keys = |plugin: &str, state: &str| {
        format!(
            "plugin `{plugin}`: SQLite in the file {}, table `greenroom_plugin_keys_migrations`\n  m0001_plugin_keys  {state}\n\n",
            place.join(format!("{plugin}.sqlite")).display()
        )
    };
    let whole = |first: &str, second: &str, of_keys: &str| {
        keys("hello", of_keys) + &keys("tea", of_keys) + &report(first, second)
    };
    let (status, text, errors) = run(place, &["status"]).await;
    assert_eq!(
        (status, text),
        (0, whole("pending", "pending", "pending")),
        "{errors}"
    );
    for word in ["error", "ERROR", "failed"] {
        assert!(!errors.contains(word), "nothing went wrong: {errors}");
    }
    let (status, ..) = run(place, &["status", "--exit-code"]).await;
    assert_eq!(status, 1);
    let (status, text, errors) = run(place, &["up", "--dry-run"]).await;
    assert_eq!(
        (status, text),
        (0, whole("pending", "pending", "pending")),
        "{errors}"
    );
    let (status, text, errors) = run(place, &["up"]).await;
    assert_eq!(
        (status, text),
        (0, whole("now applied", "now applied", "now applied")),
        "{errors}"
    );
    let (status, text, errors) = run(place, &["status", "--exit-code"]).await;
    assert_eq!(
        (status, text),
        (0, whole("applied", "applied", "applied")),
        "{errors}"
    );
    // Nobody undoes the tables of keys, for which no plugin has asked.
    let (status, text, errors) = run(place, &["down", "--plugin", "tea"]).await;
    assert_eq!(
        (status, text),
        (0, report("applied", "now undone")),
        "{errors}"
    );
    let (status, text, errors) = run(place, &["status", "--json", "--plugin", "tea"]).await;
    let text: Value = serde_json::from_str(&text).expect("it is JSON");
    let expected = json!([
        { "name": "m20260101_teas", "state": "applied" },
        { "name": "m20260201_prices", "state": "pending" },
    ]);
    assert_eq!(
        (status, &text["plugins"][1]["migrations"]),
        (0, &expected),
        "{errors}"
    );
    assert_eq!(
        text["plugins"][0]["migrations"][0]["state"], "applied",
        "the keys"
    );
    let (status, text, errors) = run(place, &["status", "--plugin", "coffee"]).await;
    assert_eq!((status, text), (2, String::new()));
    assert!(errors.contains("has no plugin `coffee`"), "{errors}");
    let (status, text, errors) = run(place, &["down", "--steps", "9"]).await;
    assert_eq!(
        (status, text),
        (0, report("now undone", "pending")),
        "{errors}"
    );
}

#[tokio::test]
async fn keys_of_the_database_that_are_not_read_are_told_at_a_start() {
    let config = "backend:
  listen: 127.0.0.1:0
  database: { client: better-sqlite3, connection: ':memory:', asyncStackTraces: true }
";
    let arguments = ["check", "--config", "app-config.yaml"];
    let program = program::example("stateful-program", &arguments, config);
    let (status, _, errors) = program.parts().await;
    assert!(status.success(), "{errors}");
    let told = "`backend.database.asyncStackTraces` is not read; take it out";
    assert!(errors.contains(told), "{errors}");
}

#[tokio::test]
async fn a_database_that_is_away_is_all_that_is_told() {
    let config = "backend:
  listen: 127.0.0.1:0
  database:
    client: pg
    connection: postgres://postgres@127.0.0.1:1/postgres
    knexConfig: { acquireConnectionTimeout: 100 }
";
    let arguments = ["migrate", "status", "--config", "app-config.yaml"];
    let program = program::example("stateful-program", &arguments, config);
    let (status, lines, errors) = program.parts().await;
    assert_eq!(status.code(), Some(1), "{errors}");
    assert_eq!(lines, [""; 0]);
    assert!(errors.contains("PostgreSQL at 127.0.0.1:1"), "{errors}");
}

#[tokio::test]
async fn a_plugin_keeps_what_it_was_told() {
    const ADD: &str = "POST /api/tea/teas HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 6\r\n\r\noolong";
    let directory = tempfile::tempdir().expect("a directory");
    for answer in ["new", "there already"] {
        let arguments = ["--config", "app-config.yaml"];
        let config = config(directory.path());
        let mut program = program::example("stateful-program", &arguments, &config);
        let address = program.address().await;
        program.line("Backend started").await;
        assert_eq!(raw(address, ADD.as_bytes()).await.body, answer);
        assert_eq!(get(address, "/api/tea/teas").await.body, "oolong 100\n");
    }
}

/// Has work from the moment it starts.
#[backend_plugin(id = "busy")]
async fn busy(scheduler: Scheduler, queues: Queues, logger: Logger) -> Result<()> {
    let hourly = || TaskSchedule::every(Duration::from_secs(3600));
    for (id, scope) in [("global", TaskScope::Global), ("local", TaskScope::Local)] {
        let log = logger.clone();
        let run = async move |_: TaskContext| log.info(format!("the {id} task runs"));
        let scheduled = scheduler.schedule_task(id, hourly().scope(scope), run);
        scheduled.await?;
    }
    let jobs = queues.declare::<u32>("jobs", QueueOptions::new()).await?;
    jobs.work(async move |_: Job<u32>| {
        logger.info("the job runs");
        Ok::<(), BoxError>(())
    })?;
    jobs.enqueue(&1).await?;
    Ok(())
}

/// Needs nothing, and may run.
#[backend_plugin(id = "idle")]
async fn idle() {}

fn busy_backend(database: &TestDatabase) -> TestBackend {
    let backend = test_backend![busy, idle].database(database);
    backend.reach::<dyn DatabaseService>("busy")
}

async fn count(backend: &StartedTestBackend, table: &str) -> i64 {
    let database = backend.service::<dyn DatabaseService>("busy");
    let client = database.client().await.expect("it is there");
    let count = format!("SELECT count(*) FROM {table}");
    let count = Statement::from_string(client.get_database_backend(), count);
    let row = client
        .query_one_raw(count)
        .await
        .expect("the table is there");
    let row = row.expect("one row");
    row.try_get_by_index(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_work_begins_while_a_command_looks_after_the_tables() {
    let database = TestDatabase::create(Engine::SqliteFile).await;
    let database = database.expect("it is part of this program");
    let run = async |action| {
        let command = MigrationCommand::new(action, None);
        let backend = busy_backend(&database).input(EveryPluginForItself);
        (backend.input(command.clone()).start().await, command)
    };

    let (backend, command) = run(MigrationAction::Status).await;
    let logs = backend.logs();
    logs.clone().level(Level::Error).assert_empty();
    logs.assert_contains("plugin `busy` goes no further: no more of it is needed");
    let started = logs.assert_contains("Backend started");
    assert_eq!(started.fields.get("failed"), None, "{logs}");
    assert_eq!(command.reports().len(), 1);
    backend.stop().await;

    let (backend, command) = run(MigrationAction::Up).await;
    let reports = command.reports();
    assert_eq!(
        reports.len(),
        2,
        "of the tasks and of the jobs: {reports:?}"
    );
    for report in reports {
        let mut states = report.migrations.iter();
        assert!(states.all(|(_, state)| *state == MigrationState::NowApplied));
    }
    assert_eq!(count(&backend, "greenroom_scheduler_tasks").await, 0);
    // Each look would give a worker the time to take it.
    for _ in 0..50 {
        let waiting = "greenroom_queue_jobs WHERE attempt = 0";
        assert_eq!(count(&backend, waiting).await, 1);
    }
    let logs = backend.logs();
    backend.stop().await;
    logs.containing(" runs").assert_empty();

    // What services keep for a plugin is no change of the plugin's own, and is left alone.
    let (backend, command) = run(MigrationAction::Down(1)).await;
    backend.stop().await;
    let reports = command.reports();
    assert_eq!(reports.len(), 2, "{reports:?}");
    for report in reports {
        let mut states = report.migrations.iter();
        assert!(states.all(|(_, state)| *state == MigrationState::Applied));
    }

    let backend = busy_backend(&database).start().await;
    for said in [
        "the global task runs",
        "the local task runs",
        "the job runs",
    ] {
        backend.logged(said).await;
    }
    backend.stop().await;
}
