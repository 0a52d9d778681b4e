//! PostgreSQL goes away and comes back while requests, a task and a queue use it all the time.
//!
//! Every request is answered, the ones that find no server by an error. What was answered with success is there in the
//! end, and so is the work that came with it.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use greenroom::database::sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};
use greenroom::database::sea_orm_migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager,
};
use greenroom::handler::{ApiError, Path};
use greenroom::prelude::*;
use greenroom::queue::Backoff;
use greenroom_test_kit::{StartedTestBackend, TestServer, test_backend};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::{PATIENCE, connect, moment, numbers};

/// More than there are connections.
const WRITERS: usize = 24;

/// Keeps what it is told, does a job for each, and runs a task all the time.
#[backend_plugin(id = "ledger")]
async fn ledger(
    database: Database,
    queues: Queues,
    scheduler: Scheduler,
    http_router: HttpRouter,
) -> Result<()> {
    database.migrate::<Migrator>().await?;
    let client = database.client().await?;
    let options = QueueOptions::new()
        .visibility(Duration::from_secs(5))
        .max_attempts(1000)
        .backoff(Backoff::Fixed(Duration::from_millis(100)));
    let posted = queues.declare::<i64>("posted", options).await?;
    let handled = client.clone();
    posted.work(async move |job: Job<i64>| {
        let insert = format!("INSERT INTO handled VALUES ({})", job.payload);
        handled.execute_unprepared(&insert).await.map(drop)
    })?;

    let (tick, ticks) = watch::channel(0);
    let ticking = client.clone();
    let ticked = async move |context: TaskContext| -> Result<()> {
        let insert = format!("INSERT INTO ticks VALUES ({})", context.fencing_number());
        ticking.execute_unprepared(&insert).await?;
        tick.send_modify(|ticks| *ticks += 1);
        Ok(())
    };
    let often = TaskSchedule::every(Duration::from_millis(200));
    scheduler.schedule_task("tick", often, ticked).await?;

    let post_entry = async move |Path(id): Path<i64>| -> Result<String, ApiError> {
        let transaction = client.begin().await?;
        let insert = format!("INSERT INTO entries VALUES ({id})");
        transaction.execute_unprepared(&insert).await?;
        posted.enqueue_in(&transaction, &id).await?;
        transaction.commit().await?;
        let read = format!("SELECT id FROM entries WHERE id = {id}");
        let read = Statement::from_string(client.get_database_backend(), read);
        let row = client.query_one_raw(read).await?;
        let read: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(format!("{read:?}"))
    };
    let next_tick = async move || {
        let mut ticks = ticks.clone();
        ticks.mark_unchanged();
        let ticked = ticks.changed().await;
        ticked.map_or("the task is gone", |()| "it ran")
    };
    http_router.mount(
        Router::new()
            .route("/entries/{id}", post(post_entry))
            .route("/next-tick", get(next_tick)),
    );
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
    Ok(())
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First)]
    }
}

struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "m1_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            "CREATE TABLE entries (id BIGINT PRIMARY KEY)",
            "CREATE TABLE handled (id BIGINT NOT NULL)",
            "CREATE TABLE ticks (fence BIGINT NOT NULL)",
        ] {
            let connection = manager.get_connection();
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// What the writers send, and what was answered.
struct Load<'a> {
    backend: &'a StartedTestBackend,
    next: AtomicI64,
    is_over: AtomicBool,
    answers: mpsc::UnboundedSender<Answer>,
}

#[derive(Clone, Copy)]
struct Answer {
    writer: usize,
    id: i64,
    is_kept: bool,
}

impl Load<'_> {
    /// Sends one request after the other.
    async fn write(&self, writer: usize) {
        while !self.is_over.load(Ordering::Relaxed) {
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            let request = self.backend.post(&format!("/api/ledger/entries/{id}"));
            let answer = timeout(PATIENCE, request.send()).await;
            let answer = answer.expect("no request hangs");
            let is_kept = answer.status() == 200;
            if is_kept {
                answer.assert_text(&format!("Some({id})"));
            } else {
                answer.assert_status(500);
                let said = answer.text();
                assert!(said.contains("An internal error occurred logId="), "{said}");
            }
            let answer = Answer {
                writer,
                id,
                is_kept,
            };
            self.answers.send(answer).expect("the test listens");
        }
    }
}

/// What was answered so far.
struct Answers {
    heard: mpsc::UnboundedReceiver<Answer>,
    kept: BTreeSet<i64>,
}

impl Answers {
    /// Waits until every writer has had such an answer.
    async fn each(&mut self, is_kept: bool) {
        let mut writers = HashSet::new();
        while let Ok(answer) = self.heard.try_recv() {
            self.note(answer);
        }
        while writers.len() < WRITERS {
            let answer = timeout(PATIENCE, self.heard.recv()).await;
            let answer = answer.expect("writers go on").expect("writers live");
            self.note(answer);
            if answer.is_kept == is_kept {
                writers.insert(answer.writer);
            }
        }
    }

    fn note(&mut self, answer: Answer) {
        if answer.is_kept {
            self.kept.insert(answer.id);
        }
    }
}

/// The server goes away in each way, and comes back.
async fn faults(server: &TestServer, backend: &StartedTestBackend, answers: &mut Answers) {
    for fault in ["stop", "kill", "freeze"] {
        answers.each(true).await;
        next_tick(backend).await;
        match fault {
            "stop" => server.stop().await,
            "kill" => server.kill(),
            _ => server.freeze(),
        }
        answers.each(false).await;
        match fault {
            "freeze" => server.thaw(),
            _ => server.start().await,
        }
        answers.each(true).await;
        next_tick(backend).await;
    }
}

async fn next_tick(backend: &StartedTestBackend) {
    let ticked = timeout(PATIENCE, backend.get("/api/ledger/next-tick").send()).await;
    let ticked = ticked.expect("the task runs again");
    ticked.assert_text("it ran");
}

async fn survives(more: Value, place: impl Fn(&str) -> (String, String)) {
    let Some(server) = TestServer::postgres().await else {
        return;
    };
    let mut database = server.config();
    let Value::Object(more) = more else {
        panic!("it is an object")
    };
    let keys = database.as_object_mut().expect("it is an object");
    keys.extend(more);
    keys.insert("statementTimeout".to_owned(), json!("2s"));
    let acquire = json!({ "acquireConnectionTimeout": 2000 });
    keys.insert("knexConfig".to_owned(), acquire);
    let backend = test_backend![
        greenroom::services::root_database,
        greenroom::services::database,
        ledger
    ];
    let queue = json!({ "pollInterval": "100 ms" });
    let config = json!({ "backend": { "database": database, "queue": queue } });
    let backend = backend.config(config).start().await;

    let (tell, heard) = mpsc::unbounded_channel();
    let load = Load {
        backend: &backend,
        next: AtomicI64::new(1),
        is_over: AtomicBool::new(false),
        answers: tell,
    };
    let mut answers = Answers {
        heard,
        kept: BTreeSet::new(),
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(|writer| load.write(writer)));
    let driver = async {
        faults(&server, &backend, &mut answers).await;
        load.is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(writers, driver);
    while let Ok(answer) = answers.heard.try_recv() {
        answers.note(answer);
    }

    let (url, schema) = place(server.url());
    let observer = connect(&url).await;
    let entries = numbers(&observer, &format!("SELECT id FROM {schema}.entries")).await;
    let entries: BTreeSet<i64> = entries.into_iter().collect();
    let lost: Vec<_> = answers.kept.difference(&entries).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", answers.kept.len());
    // What was not answered may be there or not; its job goes with it.
    let handled = format!("SELECT DISTINCT id FROM {schema}.handled");
    let done = timeout(PATIENCE, async {
        while BTreeSet::from_iter(numbers(&observer, &handled).await) != entries {
            moment(&observer).await;
        }
    });
    done.await.expect("every job is done, and no other");
    let ticks = format!("SELECT fence FROM {schema}.ticks");
    let ticks = numbers(&observer, &ticks).await;
    let different: HashSet<_> = ticks.iter().collect();
    assert_eq!(different.len(), ticks.len(), "each run was one run");
    let said = backend.logs().to_string();
    let url = url::Url::parse(server.url()).expect("it is a URL");
    let password = url.password().expect("it has one");
    assert!(!said.contains(password), "the log tells the password");
    backend.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_or_is_lost_where_each_plugin_has_a_database() {
    let place = |url: &str| {
        let (server, _) = url.rsplit_once('/').expect("it names a database");
        let url = format!("{server}/backstage_plugin_ledger");
        (url, "public".to_owned())
    };
    survives(json!({}), place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hangs_or_is_lost_where_plugins_share_a_pool() {
    let more = json!({ "pluginDivisionMode": "schema", "ensureSchemaExists": true });
    let place = |url: &str| (url.to_owned(), "ledger".to_owned());
    survives(more, place).await;
}
