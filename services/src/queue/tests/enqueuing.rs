use std::time::Duration;

use opentelemetry::metrics::{MeterProvider as _, noop::NoopMeterProvider};
use sea_orm::TransactionTrait as _;

use super::{Fixture, next, said, until, work};
use crate::clock::ClockService as _;
use crate::database::testing::memory;
use crate::queue::{Backoff, Enqueued, JobWork, NewJob, QueueError, QueueFigures, QueueOptions};
use crate::role::Role;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_job_is_done_once_and_forgotten() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let mut heard = work(&emails, |_| Ok(()));
    emails.enqueue(&"welcome".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, said("welcome", 1));
    until(&emails, |figures| figures == QueueFigures::default()).await;
    fixture.service.drain().await;
    heard.try_recv().expect_err("it ran once");
}

#[tokio::test]
async fn a_job_is_there_if_and_only_if_its_transaction_is() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let mut heard = work(&emails, |_| Ok(()));
    let client = fixture.database.client().await.expect("it is there");
    for (text, kept) in [("undone", false), ("kept", true), ("dropped", false)] {
        let transaction = client.begin().await.expect("a transaction");
        let enqueued = emails.enqueue_in(&transaction, &text.to_owned()).await;
        assert!(enqueued.expect("enqueued").is_new());
        match text {
            "dropped" => drop(transaction),
            _ if kept => transaction.commit().await.expect("committed"),
            _ => transaction.rollback().await.expect("rolled back"),
        }
    }
    assert_eq!(next(&mut heard).await, said("kept", 1));
    until(&emails, |figures| figures == QueueFigures::default()).await;
    heard.try_recv().expect_err("nothing else was kept");
}

#[tokio::test]
async fn a_delay_and_a_time_of_day_are_waited_for() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let mut heard = work(&emails, |_| Ok(()));
    let job = |text: &str| emails.job(&text.to_owned());
    let at = fixture.clock.now() + 2 * HOUR;
    job("later").delay(HOUR).enqueue().await.expect("enqueued");
    job("at").run_at(at).enqueue().await.expect("enqueued");
    job("now")
        .run_at(fixture.clock.now())
        .enqueue()
        .await
        .expect("enqueued");
    assert_eq!(next(&mut heard).await, said("now", 1));
    until(&emails, |figures| {
        figures.delayed == 2 && figures.running == 0
    })
    .await;
    fixture.advance(HOUR);
    assert_eq!(next(&mut heard).await, said("later", 1));
    until(&emails, |figures| {
        figures.delayed == 1 && figures.running == 0
    })
    .await;
    fixture.advance(HOUR);
    assert_eq!(next(&mut heard).await, said("at", 1));
}

#[tokio::test]
async fn a_higher_priority_comes_first_and_then_who_was_there_first() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new().concurrency(1)).await;
    for (text, priority) in [("a", 0), ("low", -5), ("b", 0), ("high", 7)] {
        let job = emails.job(&text.to_owned()).priority(priority);
        job.enqueue().await.expect("enqueued");
    }
    let mut heard = work(&emails, |_| Ok(()));
    for text in ["high", "a", "b", "low"] {
        assert_eq!(next(&mut heard).await, said(text, 1));
    }
}

#[tokio::test]
async fn a_key_enqueues_one_job_until_it_was_done_long_ago() {
    let fixture = Fixture::new().await;
    let options = QueueOptions::new().keep_keys(HOUR);
    let emails = fixture.declare(options).await;
    let enqueue = async |key: &str| {
        let job = emails.job(&key.to_owned()).idempotency_key(key);
        job.enqueue().await.expect("enqueued")
    };
    let first = enqueue("jane").await;
    assert!(first.is_new());
    assert_eq!(enqueue("jane").await, Enqueued::Existing(first.id()));
    assert!(enqueue("june").await.is_new());

    let mut heard = work(&emails, |_| Ok(()));
    next(&mut heard).await;
    next(&mut heard).await;
    until(&emails, |figures| figures.done == 2).await;
    assert_eq!(enqueue("jane").await, Enqueued::Existing(first.id()));
    fixture.advance(HOUR);
    let forgotten = fixture.store().await.forget().await;
    assert_eq!(forgotten.expect("the database is there"), 2);
    let again = enqueue("jane").await;
    assert!(again.is_new() && again.id() > first.id(), "{again:?}");
}

#[tokio::test]
async fn many_are_enqueued_together_or_not_at_all() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let texts: Vec<String> = (0..600).map(|number| number.to_string()).collect();
    let enqueued = emails.enqueue_all(&texts).await.expect("enqueued");
    assert_eq!(enqueued.len(), 600);
    assert!(enqueued.is_sorted_by_key(|job| job.id()));
    let figures = emails.figures().await.expect("counted");
    assert_eq!(figures.ready, 600);

    let mut jobs = vec![NewJob::new("1"), NewJob::new("2")];
    jobs[1].idempotency_key = Some("x".repeat(256));
    let refused = fixture.queues.enqueue_raw("emails", jobs).await;
    assert!(
        matches!(refused, Err(QueueError::Key { .. })),
        "{refused:?}"
    );
    assert_eq!(emails.figures().await.expect("counted").ready, 600);
}

#[tokio::test]
async fn mistakes_are_told() {
    let fixture = Fixture::new().await;
    for name in ["", "Emails", "e mails", "1st", &"x".repeat(65)] {
        let declared = fixture.queues.declare::<String>(name, QueueOptions::new());
        let error = declared.await.expect_err("it is no name");
        assert!(matches!(error, QueueError::Name { .. }), "{error}");
    }
    for options in [
        QueueOptions::new().concurrency(0),
        QueueOptions::new().max_attempts(0),
        QueueOptions::new().visibility(Duration::from_millis(99)),
        QueueOptions::new().timeout(Duration::ZERO),
        QueueOptions::new().visibility(Duration::MAX),
        QueueOptions::new().backoff(Backoff::Fixed(Duration::MAX)),
    ] {
        let declared = fixture.queues.declare::<String>("emails", options);
        let error = declared.await.expect_err("they contradict themselves");
        assert!(matches!(error, QueueError::Options { .. }), "{error}");
    }
    let emails = fixture.declare(QueueOptions::new()).await;
    let again = fixture
        .queues
        .declare::<String>("emails", QueueOptions::new());
    let error = again.await.expect_err("it is declared");
    assert!(error.to_string().contains("clone its handle"), "{error}");
    let _heard = work(&emails, |_| Ok(()));
    let twice = emails.work(async |_| Ok::<(), std::io::Error>(()));
    assert!(matches!(twice, Err(QueueError::Worked { .. })));
    let unknown = fixture
        .queues
        .enqueue_raw("letters", vec![NewJob::new("1")]);
    assert!(matches!(unknown.await, Err(QueueError::Undeclared { .. })));
}

#[tokio::test]
async fn a_replica_that_only_serves_enqueues_and_leaves_the_work_to_others() {
    let meter = NoopMeterProvider::new().meter("test");
    let web = Fixture::on(memory().await, Role::Web, meter);
    let emails = web.declare(QueueOptions::new()).await;
    let mut unheard = work(&emails, |_| Ok(()));
    emails.enqueue(&"welcome".to_owned()).await.expect("there");

    let worker = web.beside();
    let mut heard = work(&worker.declare(QueueOptions::new()).await, |_| Ok(()));
    assert_eq!(next(&mut heard).await, said("welcome", 1));
    until(&emails, |figures| figures == QueueFigures::default()).await;
    unheard.try_recv().expect_err("nobody works here");
    web.service.drain().await;
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_a_dead_letter_with_its_reason() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let work = JobWork::of(async |job: crate::queue::Job<u8>| {
        Err::<(), String>(format!("{} was read", job.payload))
    });
    fixture
        .queues
        .work_raw("emails", work)
        .expect("nobody works");
    emails
        .enqueue(&"no number".to_owned())
        .await
        .expect("there");
    until(&emails, |figures| figures.dead == 1).await;
    let dead = emails.dead_letters().list(10).await.expect("listed");
    assert_eq!(dead[0].payload, "\"no number\"");
    assert_eq!(dead[0].attempts, 1);
    let reason = &dead[0].reason;
    assert!(
        reason.starts_with("its payload cannot be read: "),
        "{reason}"
    );
}
