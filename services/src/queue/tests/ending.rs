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
