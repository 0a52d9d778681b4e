//! Tasks in processes of their own, on one PostgreSQL: never two runs at once, every slot accounted for, and a holder that
//! is killed in the middle of a run.

use std::collections::BTreeSet;

use greenroom_test_kit::{Engine, TestDatabase, TestProcess, TestProgram};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, FromQueryResult, Statement};
use serde_json::json;

use crate::built::built;

#[derive(Debug, FromQueryResult)]
struct Tick {
    fence: i64,
    slot_at: i64,
    began_at: i64,
    ended_at: Option<i64>,
}

#[derive(Debug, FromQueryResult)]
struct Lost {
    slot_at: i64,
}

#[derive(Debug, FromQueryResult)]
struct Task {
    fence: i64,
    skipped: i64,
}

async fn ask<T: FromQueryResult>(connection: &DatabaseConnection, sql: &str) -> Vec<T> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let found = connection.query_all_raw(statement).await;
    let found = found.expect("the database answers");
    let rows = found.iter().map(|row| T::from_query_result(row, ""));
    rows.collect::<Result<_, _>>()
        .expect("the columns are there")
}

fn start(database: &TestDatabase, work_milliseconds: u64) -> TestProcess {
    let config = json!({
        "backend": {
            "listen": { "host": "127.0.0.1", "port": 0 },
            "database": database.config(),
        },
        "ticker": {
            "workMilliseconds": work_milliseconds,
            "schedule": { "frequency": { "milliseconds": 500 }, "timeout": "1h" },
        },
    });
    // JSON is YAML.
    let program = TestProgram::new(built("test-program"));
    let program = program.arguments(["ticker", "--config", "app-config.yaml"]);
    program.file("app-config.yaml", config.to_string()).start()
}

/// The database of the plugin, which a process makes when it starts.
async fn connect(database: &TestDatabase) -> DatabaseConnection {
    let url = format!("{}_ticker", database.url());
    let connection = sea_orm::Database::connect(url).await;
    connection.expect("the server answers")
}

/// What the table says of all runs so far: one after the other, and every slot run or passed over.
async fn check(connection: &DatabaseConnection) -> (usize, i64) {
    let ticks: Vec<Tick> = ask(connection, "SELECT * FROM ticks ORDER BY fence").await;
    for pair in ticks.windows(2) {
        let [before, after] = pair else {
            continue;
        };
        // One without an end was killed, and nothing of it is left.
        let end = before.ended_at.unwrap_or(before.began_at);
        assert!(end <= after.began_at, "two at once: {before:?} {after:?}");
    }
    let lost = "SELECT slot_at FROM greenroom_scheduler_runs WHERE outcome = 'lost'";
    let lost: Vec<Lost> = ask(connection, lost).await;
    let task = "SELECT fence, skipped FROM greenroom_scheduler_tasks WHERE id = 'tick'";
    let task: Vec<Task> = ask(connection, task).await;
    let (first, last) = (&ticks[0], &ticks[ticks.len() - 1]);
    assert_eq!(task[0].fence, last.fence);
    let slots: BTreeSet<i64> = ticks.iter().map(|tick| tick.slot_at).collect();
    let lost = lost.iter().map(|lost| lost.slot_at);
    let run: BTreeSet<i64> = slots.iter().copied().chain(lost).collect();
    let latest = run.iter().max().expect("there was a run");
    let due = (latest - first.slot_at) / 500 + 1;
    let told = i64::try_from(run.len()).expect("few") + task[0].skipped;
    assert_eq!(told, due, "of {due} slots {} ran: {task:?}", run.len());
    (ticks.len(), task[0].skipped)
}

/// Some processes, until the task has run so often.
async fn run_together(processes: usize, runs: u64) {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    // The first makes the database and its tables.
    let mut programs = vec![start(&database, 50)];
    programs[0].line("Backend started").await;
    let connection = connect(&database).await;
    for _ in 1..processes {
        programs.push(start(&database, 50));
    }
    for program in &mut programs[1..] {
        program.line("Backend started").await;
    }
    // Whichever of them runs the first slot.
    wait_for(&connection, runs).await;
    for program in &programs {
        program.signal("TERM").await;
    }
    for program in programs {
        let ended = program.end().await;
        assert!(ended.status.success(), "{ended:#?}");
    }
    let (ran, skipped) = check(&connection).await;
    eprintln!("{processes} processes: {ran} runs, {skipped} slots passed over");
}

/// Waits until the task has run so often, wherever that was.
async fn wait_for(connection: &DatabaseConnection, runs: u64) {
    // Nobody tells which process it will be, so the table is asked, at the pace at which the database answers.
    loop {
        let ticks: Vec<Lost> = ask(connection, "SELECT slot_at FROM ticks").await;
        if ticks.len() as u64 >= runs {
            return;
        }
        connection
            .execute_unprepared("SELECT pg_sleep(0.2)")
            .await
            .expect("the database waits");
    }
}

#[tokio::test]
async fn two_processes_share_a_task() {
    run_together(2, 12).await;
}

#[tokio::test]
#[ignore = "it takes a minute"]
async fn two_processes_share_a_task_for_a_minute() {
    run_together(2, 120).await;
}

#[tokio::test]
#[ignore = "it takes a minute"]
async fn five_processes_share_a_task_for_a_minute() {
    run_together(5, 120).await;
}

#[tokio::test]
async fn a_holder_that_is_killed_is_followed_by_the_other() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    // It would run for an hour.
    let mut holder = start(&database, 3_600_000);
    holder.line("tick 1\"").await;
    let connection = connect(&database).await;
    let mut other = start(&database, 50);
    other.line("Backend started").await;
    holder.signal("KILL").await;
    holder.end().await;
    other
        .line("A task was freed, because its holder is gone")
        .await;
    other.line("tick 2\"").await;
    other.line("tick 3\"").await;
    other.signal("TERM").await;
    let status = other.end().await.status;
    assert!(status.success());
    check(&connection).await;
    // One run was lost, and by the next one it is caught up, together with the slots that passed meanwhile.
    let lost = "SELECT t.slot_at FROM ticks t JOIN greenroom_scheduler_runs r USING (slot_at) \
        WHERE r.outcome = 'lost' AND t.fence = 1 AND r.fence = 1";
    assert_eq!(ask::<Lost>(&connection, lost).await.len(), 1);
    let lost = "SELECT slot_at FROM greenroom_scheduler_runs WHERE outcome = 'lost'";
    assert_eq!(ask::<Lost>(&connection, lost).await.len(), 1);
    let ends = "SELECT slot_at FROM ticks WHERE fence = 1 AND ended_at IS NULL";
    assert_eq!(ask::<Lost>(&connection, ends).await.len(), 1);
}

#[tokio::test]
async fn a_holder_that_stands_still_is_followed_by_the_other_and_gives_up_when_it_goes_on() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let mut holder = start(&database, 3_600_000);
    holder.line("tick 1\"").await;
    let connection = connect(&database).await;
    let mut other = start(&database, 50);
    other.line("Backend started").await;
    holder.signal("STOP").await;
    other
        .line("A task was freed, because its holder is gone")
        .await;
    other.line("tick 2\"").await;
    holder.signal("CONT").await;
    holder
        .line("The task was stopped, because its lease was lost")
        .await;
    holder
        .line("The task's lease was lost before its run was over")
        .await;
    for program in [holder, other] {
        program.signal("TERM").await;
        assert!(program.end().await.status.success());
    }
    // What the first run had left to write, it did not write.
    let ends = "SELECT slot_at FROM ticks WHERE fence = 1 AND ended_at IS NULL";
    assert_eq!(ask::<Lost>(&connection, ends).await.len(), 1);
}
