//! A clock that jumps by a day, ahead and back, under two replicas.
//!
//! The replicas go by the clock of the database's server, which nobody can set in a test. So the test puts a
//! `clock_timestamp` of its own in front of PostgreSQL's, for one database.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use greenroom::clock::{ClockService, SystemClock};
use greenroom::database::sea_orm::DatabaseConnection;
use greenroom::handler::{ApiError, Path};
use greenroom::prelude::*;
use greenroom::scheduler::Missed;
use greenroom::{BoxError, RootContext};
use greenroom_test_kit::{Engine, StartedTestBackend, TestDatabase, test_backend};
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{PATIENCE, connect, execute, number, until};

const DAY: i64 = 86_400;

/// The time of day of one machine, which is wrong by this many seconds.
struct Wrong(i64);

impl ClockService for Wrong {
    fn now(&self) -> SystemTime {
        let by = Duration::from_secs(self.0.unsigned_abs());
        match self.0 {
            ..0 => SystemClock.now() - by,
            _ => SystemClock.now() + by,
        }
    }
}

/// What a replica tells the test, and how the test lets its work go on.
struct Probe {
    replica: &'static str,
    began: mpsc::UnboundedSender<String>,
    goes_on: watch::Receiver<bool>,
}

impl Probe {
    fn tell(&self, what: String) {
        let _ = self.began.send(format!("{}: {what}", self.replica));
    }

    async fn wait(&self) {
        let _ = self.goes_on.clone().wait_for(|goes_on| *goes_on).await;
    }
}

/// A long run and a long job, beside short ones.
#[backend_plugin(id = "worker")]
async fn worker(
    context: Arc<RootContext>,
    queues: Queues,
    scheduler: Scheduler,
    http_router: HttpRouter,
) -> Result<()> {
    let probe = context.input::<Arc<Probe>>().cloned();
    let probe = probe.expect("the test has put it there");
    let hourly = TaskSchedule::every(Duration::from_secs(3600));
    let hourly = hourly.timeout(Duration::from_secs(7 * 86_400));
    let long = Arc::clone(&probe);
    let run = async move |context: TaskContext| -> Result<()> {
        long.tell(format!("run {}", context.fencing_number()));
        tokio::select! {
            () = long.wait() => {}
            () = context.cancelled() => long.tell("the run was cancelled".to_owned()),
        }
        Ok(())
    };
    scheduler.schedule_task("long", hourly.clone(), run).await?;
    let short = async |_: TaskContext| {};
    let caught_up = hourly.clone().missed(Missed::CatchUpOnce);
    scheduler
        .schedule_task("caught-up", caught_up, short)
        .await?;
    let skipped = hourly.missed(Missed::Skip);
    scheduler.schedule_task("skipped", skipped, short).await?;

    let options = QueueOptions::new().concurrency(1);
    let options = options.visibility(Duration::from_secs(2));
    let jobs = queues.declare::<u32>("jobs", options).await?;
    jobs.work(async move |job: Job<u32>| {
        probe.tell(format!("job {}, attempt {}", job.payload, job.attempt()));
        if job.payload == 1 {
            probe.wait().await;
        }
        Ok::<(), BoxError>(())
    })?;
    // Such a job is found by a look at the table, and by nothing else.
    let later = async move |Path(job): Path<u32>| -> Result<&'static str, ApiError> {
        let job = jobs.job(&job).delay(Duration::from_millis(100));
        job.enqueue().await?;
        Ok("there")
    };
    http_router.mount(Router::new().route("/later/{job}", post(later)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/later"));
    Ok(())
}

async fn start(
    database: &TestDatabase,
    replica: &'static str,
    wrong: i64,
    began: &mpsc::UnboundedSender<String>,
    goes_on: &watch::Receiver<bool>,
) -> StartedTestBackend {
    let probe = Probe {
        replica,
        began: began.clone(),
        goes_on: goes_on.clone(),
    };
    let clock: Clock = Arc::new(Wrong(wrong));
    let backend = test_backend![worker].database(database).input(clock);
    let queue = json!({ "queue": { "pollInterval": "50 ms" } });
    let backend = backend
        .input(Arc::new(probe))
        .config(json!({ "backend": queue }));
    backend.start().await
}

async fn later(backend: &StartedTestBackend, job: u32) {
    let path = format!("/api/worker/later/{job}");
    backend.post(&path).send().await.assert_text("there");
}

async fn next(heard: &mut mpsc::UnboundedReceiver<String>) -> String {
    let next = timeout(PATIENCE, heard.recv()).await;
    next.expect("work begins").expect("the test holds a sender")
}

/// A clock of the server that the test can set.
async fn with_a_clock(database: &TestDatabase) -> DatabaseConnection {
    let url = format!("{}_worker", database.url());
    let (_, name) = url.rsplit_once('/').expect("it names a database");
    let admin = connect(database.url()).await;
    execute(&admin, &format!("CREATE DATABASE \"{name}\"")).await;
    let path = format!("ALTER DATABASE \"{name}\" SET search_path = public, wrong, pg_catalog");
    execute(&admin, &path).await;
    let server = connect(&url).await;
    for sql in [
        "CREATE SCHEMA wrong",
        "CREATE TABLE wrong.clock (seconds BIGINT NOT NULL)",
        "INSERT INTO wrong.clock VALUES (0)",
        "CREATE FUNCTION wrong.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS \
         'SELECT pg_catalog.clock_timestamp() + make_interval(secs => (SELECT seconds FROM wrong.clock))'",
    ] {
        execute(&server, sql).await;
    }
    server
}

async fn set(server: &DatabaseConnection, seconds: i64) {
    let set = format!("UPDATE wrong.clock SET seconds = {seconds}");
    execute(server, &set).await;
}

/// Slots of a task with such an outcome.
fn slots(task: &str, outcome: &str) -> String {
    format!(
        "SELECT coalesce(sum(slots), 0)::bigint FROM greenroom_scheduler_runs \
         WHERE task_id = '{task}' AND outcome = '{outcome}'"
    )
}

/// Waits until the lease of the long run has been renewed so often.
async fn beats(server: &DatabaseConnection, times: i64) {
    let task = "FROM greenroom_scheduler_tasks WHERE id = 'long'";
    let beats = number(server, &format!("SELECT beat {task}")).await + times;
    let more = format!("SELECT CAST(beat >= {beats} AS integer)::bigint {task}");
    until(server, &more, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_ahead_and_back_takes_no_work_from_who_does_it() {
    let Some(database) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let server = with_a_clock(&database).await;
    let (began, mut heard) = mpsc::unbounded_channel();
    let (go_on, goes_on) = watch::channel(false);
    // Their machines do not agree, and need not.
    let first = start(&database, "first", DAY, &began, &goes_on).await;
    assert_eq!(next(&mut heard).await, "first: run 1");
    for task in ["caught-up", "skipped"] {
        until(&server, &slots(task, "completed"), 1).await;
    }
    later(&first, 1).await;
    assert_eq!(next(&mut heard).await, "first: job 1, attempt 1");
    let second = start(&database, "second", -DAY, &began, &goes_on).await;
    // The first one is busy, and the second one looks.
    later(&first, 2).await;
    assert_eq!(next(&mut heard).await, "second: job 2, attempt 1");

    // A day and half an hour, so that the last of the slots is old too.
    set(&server, DAY + 1800).await;
    second.logged("database was set ahead").await;
    until(&server, &slots("caught-up", "missed"), 23).await;
    until(&server, &slots("caught-up", "completed"), 2).await;
    until(&server, &slots("skipped", "missed"), 24).await;
    later(&first, 3).await;
    assert_eq!(next(&mut heard).await, "second: job 3, attempt 1");
    // Longer than a lease, and than a job's visibility.
    beats(&server, 5).await;
    heard
        .try_recv()
        .expect_err("nobody takes what another does");

    set(&server, 0).await;
    second.logged("database was set back").await;
    let now = "extract(epoch FROM pg_catalog.clock_timestamp()) * 1000";
    let ahead = format!(
        "SELECT count(*) FROM greenroom_scheduler_tasks WHERE next_run_at > {now} + 3600000"
    );
    until(&server, &ahead, 0).await;
    let held = format!("SELECT count(*) FROM greenroom_queue_jobs WHERE due > {now} + 2000");
    until(&server, &held, 0).await;
    beats(&server, 2).await;
    heard
        .try_recv()
        .expect_err("nobody takes what another does");

    first.kill().await;
    let mut taken = [next(&mut heard).await, next(&mut heard).await];
    taken.sort();
    assert_eq!(taken, ["second: job 1, attempt 2", "second: run 2"]);
    go_on.send_replace(true);
    until(&server, "SELECT count(*) FROM greenroom_queue_jobs", 0).await;
    until(&server, &slots("long", "completed"), 1).await;
    assert_eq!(number(&server, &slots("skipped", "completed")).await, 1);
    second.stop().await;
}
