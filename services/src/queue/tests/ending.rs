use sea_orm::TransactionTrait as _;
use tokio::sync::mpsc;

use super::{Fixture, next, said, until, work};
use crate::queue::{Job, JobError, QueueFigures, QueueOptions};

#[tokio::test]
async fn at_the_stop_jobs_end_or_go_back_without_losing_an_attempt() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new().max_attempts(1)).await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let worked = emails.work(async move |job: Job<String>| {
        say.send(()).expect("the test listens");
        if job.payload == "deaf" {
            std::future::pending::<()>().await;
        }
        job.cancellation().cancelled().await;
        match &*job.payload {
            "ends" => Ok(()),
            _ => Err(JobError::from("cut short")),
        }
    });
    worked.expect("nobody else works");
    let texts = ["ends", "gives up", "deaf"].map(str::to_owned);
    emails.enqueue_all(&texts).await.expect("there");
    for _ in 0..3 {
        next(&mut heard).await;
    }
    fixture.service.drain().await;
    let figures = emails.figures().await.expect("counted");
    let expected = QueueFigures {
        ready: 2,
        ..QueueFigures::default()
    };
    assert_eq!(figures, expected);

    // Another replica takes them over at once, and it is their first attempt.
    let other = fixture.beside();
    let mut heard = work(&other.declare(QueueOptions::new()).await, |_| Ok(()));
    let mut taken = [next(&mut heard).await, next(&mut heard).await];
    taken.sort();
    assert_eq!(taken, [said("deaf", 1), said("gives up", 1)]);
}

#[tokio::test]
async fn a_stop_reaches_the_jobs_while_the_database_is_silent() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let (go, gone) = tokio::sync::watch::channel(false);
    let worked = emails.work(async move |job: Job<String>| {
        say.send("begun").expect("the test listens");
        if job.payload == "short" {
            let _ = gone.clone().wait_for(|gone| *gone).await;
            return Ok(());
        }
        job.cancellation().cancelled().await;
        say.send("told").expect("the test listens");
        Err(JobError::from("cut short"))
    });
    worked.expect("nobody else works");
    let texts = ["short", "long"].map(str::to_owned);
    emails.enqueue_all(&texts).await.expect("there");
    for _ in 0..2 {
        assert_eq!(next(&mut heard).await, "begun");
    }
    // The one connection is taken, and the worker wants to tell of a job that is done.
    let client = fixture.database.client().await.expect("it is there");
    let silence = client.begin().await.expect("a transaction");
    go.send_replace(true);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let service = std::sync::Arc::clone(&fixture.service);
    let drained = tokio::spawn(async move { service.drain().await });
    assert_eq!(next(&mut heard).await, "told");
    silence.rollback().await.expect("rolled back");
    drained.await.expect("it ends");
    until(&emails, |figures| {
        figures.ready == 1 && figures.running == 0
    })
    .await;
}

/// Says when the future that holds it is dropped.
struct Dropped(std::sync::mpsc::Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        // Nobody may listen any more.
        let _ = self.0.send(());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_job_that_is_done_in_the_last_second_does_not_go_back() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let (say, mut heard) = mpsc::unbounded_channel();
    let (drop_it, dropped) = std::sync::mpsc::channel();
    let dropped = std::sync::Arc::new(std::sync::Mutex::new(dropped));
    let worked = emails.work(async move |job: Job<String>| {
        say.send(()).expect("the test listens");
        if job.payload == "deaf" {
            let _guard = Dropped(drop_it.clone());
            return std::future::pending::<Result<(), JobError>>().await;
        }
        // It blocks its thread until the other one is dropped, when the time for an end is over.
        let dropped = dropped.lock().expect("nobody panics");
        dropped.recv().expect("the other one is dropped");
        Ok(())
    });
    worked.expect("nobody else works");
    let texts = ["deaf", "blocks"].map(str::to_owned);
    emails.enqueue_all(&texts).await.expect("there");
    for _ in 0..2 {
        next(&mut heard).await;
    }
    fixture.service.drain().await;
    let expected = QueueFigures {
        ready: 1,
        ..QueueFigures::default()
    };
    assert_eq!(emails.figures().await.expect("counted"), expected);
}

#[tokio::test]
async fn after_the_stop_nothing_is_claimed() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let mut heard = work(&emails, |_| Ok(()));
    fixture.service.drain().await;
    emails.enqueue(&"late".to_owned()).await.expect("there");
    until(&emails, |figures| figures.ready == 1).await;
    // A second stop has nothing to wait for.
    fixture.service.drain().await;
    heard.try_recv().expect_err("nobody works any more");
}
