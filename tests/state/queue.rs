//! The queue on every engine: the same promises, with the locks of each.
//!
//! What a test calls runs in the test's runtime, the worker with it. So that has threads of its own, which go on while a
//! backend is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use greenroom::database::DatabaseService;
use greenroom::prelude::*;
use greenroom::queue::{Backoff, Enqueued, JobError, NewJob, QueueFigures, QueueService};
use greenroom_test_kit::{Engine, StartedTestBackend, TestDatabase, TestProgram, test_backend};
use sea_orm::{ConnectionTrait as _, DbBackend, IsolationLevel, Statement, TransactionTrait as _};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::built::built;

/// How long a test waits for what is to come before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A replica without anything but the queues of a plugin.
struct Replica {
    _backend: StartedTestBackend,
    queues: Queues,
    database: Arc<dyn DatabaseService>,
}

impl Replica {
    async fn start(at: &TestDatabase) -> Self {
        Self::with(at.config()).await
    }

    async fn with(database: Value) -> Self {
        let backend = test_backend![
            greenroom::services::root_database,
            greenroom::services::database
        ]
        .reach::<dyn QueueService>("shop")
        .reach::<dyn DatabaseService>("shop")
        .config(json!({ "backend": {
                "database": database,
                "queue": { "pollInterval": "50 ms" },
            } }))
        .start()
        .await;
        Self {
            queues: backend.service::<dyn QueueService>("shop"),
            database: backend.service::<dyn DatabaseService>("shop"),
            _backend: backend,
        }
    }

    async fn emails(&self, options: QueueOptions) -> Queue<String> {
        let declared = self.queues.declare("emails", options).await;
        declared.expect("the database is there")
    }
}

async fn until(queue: &Queue<String>, wanted: impl Fn(QueueFigures) -> bool) {
    let arrived = timeout(PATIENCE, async {
        while !wanted(queue.figures().await.expect("the database is there")) {
            tokio::task::yield_now().await;
        }
    });
    if arrived.await.is_err() {
        panic!("the figures stay {:?}", queue.figures().await);
    }
}

fn is_empty(figures: QueueFigures) -> bool {
    figures == QueueFigures::default()
}

async fn next<T>(heard: &mut mpsc::UnboundedReceiver<T>) -> T {
    let next = timeout(PATIENCE, heard.recv()).await;
    next.expect("something comes").expect("somebody speaks")
}

/// Works on a queue, and says what it gets.
fn work(
    queue: &Queue<String>,
    answer: impl Fn(&Job<String>) -> Result<(), JobError> + Clone + Send + Sync + 'static,
) -> mpsc::UnboundedReceiver<(String, u32)> {
    let (say, heard) = mpsc::unbounded_channel();
    let worked = queue.work(async move |job: Job<String>| {
        // A test that has seen enough does not listen any more.
        let _ = say.send((job.payload.clone(), job.attempt()));
        answer(&job)
    });
    worked.expect("nobody else works");
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_come_and_go_with_the_transaction_that_enqueues_them() {
    for at in TestDatabase::each().await {
        let replica = Replica::start(&at).await;
        let emails = replica.emails(QueueOptions::new()).await;
        let mut heard = work(&emails, |_| Ok(()));
        let client = replica.database.client().await.expect("it is there");
        for (text, kept) in [("undone", false), ("kept", true)] {
            let transaction = client.begin().await.expect("a transaction");
            let enqueued = emails.enqueue_in(&transaction, &text.to_owned()).await;
            assert!(enqueued.expect("enqueued").is_new(), "{}", at.engine());
            if kept {
                transaction.commit().await.expect("committed");
            } else {
                transaction.rollback().await.expect("rolled back");
            }
        }
        assert_eq!(next(&mut heard).await.0, "kept", "{}", at.engine());
        until(&emails, is_empty).await;
        heard.try_recv().expect_err("nothing else was kept");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_tried_again_and_given_up_in_the_end() {
    for at in TestDatabase::each().await {
        let replica = Replica::start(&at).await;
        let options = QueueOptions::new().max_attempts(3);
        let options = options.backoff(Backoff::Fixed(Duration::from_millis(10)));
        let emails = replica.emails(options).await;
        let mut heard = work(&emails, |job| match (&*job.payload, job.attempt()) {
            ("slow", 3) => Ok(()),
            ("never", _) => Err(JobError::do_not_retry("no such mailbox")),
            _ => Err("not yet".into()),
        });
        for (text, attempts) in [("slow", 3), ("never", 1), ("fails", 3)] {
            emails.enqueue(&text.to_owned()).await.expect("enqueued");
            for attempt in 1..=attempts {
                assert_eq!(next(&mut heard).await, (text.to_owned(), attempt));
            }
        }
        until(&emails, |figures| figures.dead == 2 && figures.running == 0).await;
        let letters = emails.dead_letters();
        let dead = letters.list(10).await.expect("listed");
        let told: Vec<_> = dead
            .iter()
            .map(|dead| (&*dead.payload, dead.attempts, &*dead.reason))
            .collect();
        let expected = [
            ("\"never\"", 1, "no such mailbox"),
            ("\"fails\"", 3, "not yet"),
        ];
        assert_eq!(told, expected, "{}", at.engine());
        assert!(letters.retry(dead[1].id).await.expect("settled"));
        assert_eq!(next(&mut heard).await, ("fails".to_owned(), 1));
        until(&emails, |figures| figures.dead == 2 && figures.running == 0).await;
        assert_eq!(letters.discard_all().await.expect("settled"), 2);
        until(&emails, is_empty).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_of_an_error_keeps_the_database_from_taking_it() {
    for at in TestDatabase::each().await {
        let replica = Replica::start(&at).await;
        let emails = replica.emails(QueueOptions::new().max_attempts(1)).await;
        let _heard = work(&emails, |job| match &*job.payload {
            "bad" => Err("no \0 here".into()),
            _ => Ok(()),
        });
        for text in ["bad", "good"] {
            emails.enqueue(&text.to_owned()).await.expect("enqueued");
        }
        until(&emails, |figures| {
            figures.dead == 1 && figures.ready + figures.running == 0
        })
        .await;
        let dead = emails.dead_letters().list(10).await.expect("listed");
        assert_eq!(dead[0].reason, "no \u{fffd} here", "{}", at.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delays_and_priorities_hold() {
    for at in TestDatabase::each().await {
        let replica = Replica::start(&at).await;
        let emails = replica.emails(QueueOptions::new().concurrency(1)).await;
        let delay = Duration::from_millis(300);
        let delayed = emails.job(&"delayed".to_owned()).priority(9).delay(delay);
        delayed.enqueue().await.expect("enqueued");
        for (text, priority) in [("a", 0), ("low", -5), ("b", 0), ("high", 7)] {
            let job = emails.job(&text.to_owned()).priority(priority);
            job.enqueue().await.expect("enqueued");
        }
        let first = emails.dead_letters().list(1).await.expect("listed");
        assert_eq!(first, [], "{}", at.engine());
        let mut heard = work(&emails, |_| Ok(()));
        let mut order = Vec::new();
        for _ in 0..5 {
            order.push(next(&mut heard).await.0);
        }
        // When it becomes due in between is the machine's matter.
        let place = order.iter().position(|text| text == "delayed");
        order.remove(place.expect("it came too"));
        assert_eq!(order, ["high", "a", "b", "low"], "{}", at.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_delayed_does_not_run_before_its_time() {
    for at in TestDatabase::each().await {
        let replica = Replica::start(&at).await;
        let emails = replica.emails(QueueOptions::new()).await;
        let mut heard = work(&emails, |_| Ok(()));
        let began = tokio::time::Instant::now();
        let delay = Duration::from_millis(200);
        let delayed = emails.job(&"delayed".to_owned()).delay(delay);
        delayed.enqueue().await.expect("enqueued");
        next(&mut heard).await;
        // The server counts whole milliseconds.
        let least = delay - Duration::from_millis(2);
        assert!(began.elapsed() >= least, "{}", at.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_enqueue_one_key_at_once_one_does() {
    for at in TestDatabase::each().await {
        let replica = Replica::start(&at).await;
        let emails = replica.emails(QueueOptions::new()).await;
        let enqueue = |number: usize| {
            let emails = emails.clone();
            tokio::spawn(async move {
                let job = emails.job(&number.to_string()).idempotency_key("Jané");
                job.enqueue().await.expect("enqueued")
            })
        };
        let racing: Vec<_> = (0..8).map(enqueue).collect();
        let mut enqueued: Vec<Enqueued> = Vec::new();
        for racer in racing {
            enqueued.push(racer.await.expect("it does not panic"));
        }
        let new = enqueued.iter().filter(|enqueued| enqueued.is_new());
        assert_eq!(new.count(), 1, "{}: {enqueued:?}", at.engine());
        let first = enqueued[0].id();
        assert!(enqueued.iter().all(|enqueued| enqueued.id() == first));
        let other = emails.job(&"other".to_owned()).idempotency_key("jané");
        assert!(
            other.enqueue().await.expect("enqueued").is_new(),
            "{}",
            at.engine()
        );

        let mut heard = work(&emails, |_| Ok(()));
        next(&mut heard).await;
        next(&mut heard).await;
        until(&emails, |figures| figures.done == 2).await;
        let again = emails.job(&"again".to_owned()).idempotency_key("Jané");
        let again = again.enqueue().await.expect("enqueued");
        assert_eq!(again, Enqueued::Existing(first), "{}", at.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_began_before_finds_the_job_with_its_key() {
    let Some(at) = TestDatabase::create(Engine::MySql).await else {
        return;
    };
    let replica = Replica::start(&at).await;
    let emails = replica.emails(QueueOptions::new()).await;
    let client = replica.database.client().await.expect("it is there");
    let isolation = Some(IsolationLevel::RepeatableRead);
    let transaction = client.begin_with_config(isolation, None).await;
    let transaction = transaction.expect("a transaction");
    let job = |key: &str| emails.job(&key.to_owned()).idempotency_key(key);
    // From here on it reads the table as it is now.
    let before = job("before").enqueue_in(&transaction).await;
    assert!(before.expect("enqueued").is_new());
    let first = job("once").enqueue().await.expect("enqueued");
    let again = job("once").enqueue_in(&transaction).await;
    let again = again.expect("the other one is found");
    assert_eq!(again, Enqueued::Existing(first.id()));
    transaction.commit().await.expect("it is still there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_are_told_as_the_server_hands_them_out() {
    let Some(at) = TestDatabase::create(Engine::MySql).await else {
        return;
    };
    let replica = Replica::start(&at).await;
    replica.emails(QueueOptions::new()).await;
    let client = replica.database.client().await.expect("it is there");
    let transaction = client.begin().await.expect("a transaction");
    let step = "SET SESSION auto_increment_increment = 3";
    let set = transaction.execute_unprepared(step).await;
    set.expect("it may be set");
    let jobs = ["1", "2", "3"].map(NewJob::new).to_vec();
    let enqueued = replica.queues.enqueue_in_raw(&transaction, "emails", jobs);
    let told: Vec<String> = enqueued
        .await
        .expect("enqueued")
        .iter()
        .map(|job| job.id().to_string())
        .collect();
    let sql = "SELECT CAST(id AS CHAR) AS id FROM greenroom_queue_jobs ORDER BY id";
    let statement = Statement::from_string(DbBackend::MySql, sql);
    let rows = transaction.query_all_raw(statement).await.expect("read");
    let there: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "id").expect("an id"))
        .collect();
    assert_eq!(told, there);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_takes_longer_than_its_visibility_is_nobody_elses() {
    for at in TestDatabase::each().await {
        let (one, two) = (Replica::start(&at).await, None::<Replica>);
        // In memory, two replicas would have two databases.
        let two = match at.engine() {
            Engine::SqliteMemory => two,
            _ => Some(Replica::start(&at).await),
        };
        let options = QueueOptions::new().visibility(Duration::from_secs(2));
        let (say, mut heard) = mpsc::unbounded_channel();
        let running = Arc::new(AtomicUsize::new(0));
        let work = |emails: Queue<String>| {
            let (say, running) = (say.clone(), Arc::clone(&running));
            let worked = emails.work(async move |job: Job<String>| {
                let others = running.fetch_add(1, Ordering::SeqCst);
                // A disk that stands still for a second takes no hold away.
                let long = tokio::time::sleep(Duration::from_secs(5));
                let told = tokio::select! {
                    () = long => false,
                    () = job.cancellation().cancelled() => true,
                };
                running.fetch_sub(1, Ordering::SeqCst);
                say.send((others, told, job.attempt()))
                    .expect("the test listens");
                Ok::<(), JobError>(())
            });
            worked.expect("nobody else works");
        };
        let emails = one.emails(options.clone()).await;
        work(emails.clone());
        if let Some(two) = &two {
            work(two.emails(options).await);
        }
        emails.enqueue(&"long".to_owned()).await.expect("enqueued");
        assert_eq!(next(&mut heard).await, (0, false, 1), "{}", at.engine());
        until(&emails, is_empty).await;
        heard.try_recv().expect_err("it ran once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_is_enough_for_a_plugin_that_works() {
    let Some(at) = TestDatabase::create(Engine::Postgres).await else {
        return;
    };
    let mut config = at.config();
    config["knexConfig"]["pool"]["max"] = json!(1);
    let replica = Replica::with(config).await;
    let emails = replica.emails(QueueOptions::new()).await;
    let mut heard = work(&emails, |_| Ok(()));
    for text in ["first", "second", "third"] {
        emails.enqueue(&text.to_owned()).await.expect("enqueued");
        assert_eq!(next(&mut heard).await.0, text);
        until(&emails, is_empty).await;
    }
}

/// A hundred thousand with `GREENROOM_TEST_JOBS=100000`.
fn jobs() -> usize {
    let asked = std::env::var("GREENROOM_TEST_JOBS").ok();
    asked.map_or(3000, |number| number.parse().expect("it is a number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_jobs_is_done_and_none_is_lost_or_done_twice() {
    for at in TestDatabase::each().await {
        let jobs = jobs();
        let mut replicas = vec![Replica::start(&at).await];
        if !matches!(at.engine(), Engine::SqliteMemory) {
            replicas.push(Replica::start(&at).await);
        }
        let runs: Arc<Vec<AtomicU32>> = Arc::new((0..jobs).map(|_| AtomicU32::new(0)).collect());
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let options = QueueOptions::new().concurrency(64);
        let mut handles = Vec::new();
        for replica in &replicas {
            handles.push(replica.emails(options.clone()).await);
        }
        let texts: Vec<String> = (0..jobs).map(|number| number.to_string()).collect();
        let began = tokio::time::Instant::now();
        handles[0].enqueue_all(&texts).await.expect("enqueued");
        let enqueued = began.elapsed();
        for emails in &handles {
            let (runs, running) = (Arc::clone(&runs), Arc::clone(&running));
            let most = Arc::clone(&most);
            let worked = emails.work(async move |job: Job<String>| {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                let number: usize = job.payload.parse()?;
                runs[number].fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<(), JobError>(())
            });
            worked.expect("nobody else works");
        }
        let patience = Duration::from_secs(600);
        let done = timeout(patience, async {
            let mut pause = tokio::time::interval(Duration::from_millis(100));
            while !is_empty(handles[0].figures().await.expect("counted")) {
                pause.tick().await;
            }
        });
        done.await.expect("they are done in time");
        println!(
            "{}: {jobs} jobs enqueued in {enqueued:?}, done in {:?} by {} replicas",
            at.engine(),
            began.elapsed() - enqueued,
            replicas.len()
        );
        let wrong = runs.iter().filter(|runs| runs.load(Ordering::SeqCst) != 1);
        assert_eq!(wrong.count(), 0, "{}", at.engine());
        let most = most.load(Ordering::SeqCst);
        assert!(most <= 64 * replicas.len(), "{}: {most}", at.engine());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_a_process_that_was_killed_is_taken_over() {
    for engine in [Engine::SqliteFile, Engine::Postgres, Engine::MySql] {
        let Some(at) = TestDatabase::create(engine).await else {
            continue;
        };
        let config = |enqueue: bool| {
            json!({
                "backend": {
                    "listen": { "host": "127.0.0.1", "port": 0 },
                    "database": at.config(),
                    "queue": { "pollInterval": "50 ms" },
                },
                "jobs": { "enqueue": enqueue },
            })
        };
        let start = |enqueue: bool| {
            let program = TestProgram::new(built("test-program"));
            let program = program.arguments(["jobs", "--config", "app-config.yaml"]);
            let program = program.arguments(["--role", "worker"]);
            program
                .file("app-config.yaml", config(enqueue).to_string())
                .start()
        };
        let mut first = start(true);
        first.line("attempt 1 begins").await;
        let mut second = start(false);
        second.line("Backend started").await;
        first.signal("KILL").await;
        second.line("attempt 2 begins").await;
        second.line("the job is done").await;
        second.signal("TERM").await;
        let ended = second.end().await;
        assert_eq!(ended.status.code(), Some(0), "{engine}: {:#?}", ended.lines);
        let attempts = ended.lines.iter().filter(|line| line.contains("begins"));
        assert_eq!(attempts.count(), 1, "{engine}: {:#?}", ended.lines);
    }
}
