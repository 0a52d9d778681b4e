use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::{Fixture, bring_back, next, said, until, work};
use crate::queue::{Backoff, Job, JobError, QueueFigures, QueueOptions};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_job_that_fails_is_tried_again_later_and_later() {
    let fixture = Fixture::new().await;
    let backoff = Backoff::Exponential {
        first: MINUTE,
        most: 3 * MINUTE,
    };
    let emails = fixture.declare(QueueOptions::new().backoff(backoff)).await;
    let mut heard = work(&emails, |job| match job.attempt() {
        4 => Ok(()),
        _ => Err("not yet".into()),
    });
    emails.enqueue(&"hello".to_owned()).await.expect("there");
    for (attempt, waits) in [(1, 1), (2, 2), (3, 3)] {
        assert_eq!(next(&mut heard).await, said("hello", attempt));
        until(&emails, |figures| figures.delayed == 1).await;
        // A tenth of it is left to chance.
        fixture.advance(MINUTE * waits * 8 / 10);
        let store = fixture.store().await;
        assert_eq!(bring_back(&store).await, 0);
        fixture.advance(MINUTE * waits * 2 / 10);
    }
    assert_eq!(next(&mut heard).await, said("hello", 4));
    until(&emails, |figures| figures == QueueFigures::default()).await;
}

#[tokio::test]
async fn a_job_without_attempts_left_is_kept_and_can_be_tried_again() {
    let fixture = Fixture::new().await;
    let options = QueueOptions::new().max_attempts(2);
    let options = options.backoff(Backoff::Fixed(Duration::ZERO));
    let emails = fixture.declare(options).await;
    let mut heard = work(&emails, |job| {
        assert_eq!(job.is_last_attempt(), job.attempt() == 2);
        Err(std::io::Error::other("no such host").into())
    });
    let id = emails
        .enqueue(&"hello".to_owned())
        .await
        .expect("there")
        .id();
    for round in 0..2 {
        assert_eq!(next(&mut heard).await, said("hello", 1));
        assert_eq!(next(&mut heard).await, said("hello", 2));
        until(&emails, |figures| figures.dead == 1).await;
        let letters = emails.dead_letters();
        let dead = letters.list(10).await.expect("listed");
        assert_eq!((dead[0].id, dead[0].attempts), (id, 2));
        assert_eq!(dead[0].reason, "no such host");
        assert!(letters.list_after(id, 10).await.expect("listed").is_empty());
        if round == 0 {
            assert!(letters.retry(id).await.expect("it is there"));
            assert!(!letters.retry(id).await.expect("it is asked"));
        } else {
            assert!(letters.discard(id).await.expect("it is there"));
            assert_eq!(letters.discard_all().await.expect("it is asked"), 0);
        }
    }
    until(&emails, |figures| figures == QueueFigures::default()).await;
}

#[tokio::test]
async fn an_error_may_say_what_is_to_follow() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let mut heard = work(&emails, |job| match (&*job.payload, job.attempt()) {
        ("never", _) => Err(JobError::do_not_retry("no such mailbox")),
        (_, 1) => Err(JobError::retry_after("busy", 60 * MINUTE)),
        _ => Ok(()),
    });
    emails.enqueue(&"never".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, said("never", 1));
    until(&emails, |figures| figures.dead == 1).await;
    emails.enqueue(&"busy".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, said("busy", 1));
    until(&emails, |figures| figures.delayed == 1).await;
    fixture.advance(59 * MINUTE);
    let store = fixture.store().await;
    assert_eq!(bring_back(&store).await, 0);
    fixture.advance(MINUTE);
    assert_eq!(next(&mut heard).await, said("busy", 2));
}

#[tokio::test]
async fn a_job_may_wait_for_longer_than_timers_can_tell() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new()).await;
    let mut heard = work(&emails, |job| match &*job.payload {
        "never" => Err(JobError::retry_after("not in this world", Duration::MAX)),
        _ => Ok(()),
    });
    emails.enqueue(&"never".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, said("never", 1));
    until(&emails, |figures| figures.delayed == 1).await;
    emails.enqueue(&"now".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, said("now", 1));
}

#[tokio::test]
async fn a_panic_and_a_timeout_are_failures_like_any_other() {
    let fixture = Fixture::new().await;
    let options = QueueOptions::new().max_attempts(1);
    let emails = fixture
        .declare(options.timeout(Duration::from_millis(20)))
        .await;
    let worked = emails.work(async |job: Job<String>| {
        match &*job.payload {
            "panic" => panic!("out of paper"),
            "hang" => std::future::pending::<()>().await,
            _ => {}
        }
        Ok::<(), JobError>(())
    });
    worked.expect("nobody else works");
    let texts = ["panic", "hang", "fine"].map(str::to_owned);
    emails.enqueue_all(&texts).await.expect("there");
    until(&emails, |figures| {
        figures.dead == 2 && figures.ready + figures.running == 0
    })
    .await;
    let dead = emails.dead_letters().list(10).await.expect("listed");
    assert_eq!(dead[0].reason, "it panicked: out of paper");
    assert_eq!(dead[1].reason, "it took longer than its timeout of 0.02 s");
}

#[tokio::test]
async fn no_more_jobs_run_at_a_time_than_the_queue_allows() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(QueueOptions::new().concurrency(3)).await;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let gate = Arc::new(Semaphore::new(0));
    let (begun, go) = (Arc::clone(&running), Arc::clone(&gate));
    let seen = Arc::clone(&most);
    let worked = emails.work(async move |_: Job<String>| {
        let now = begun.fetch_add(1, Ordering::SeqCst) + 1;
        seen.fetch_max(now, Ordering::SeqCst);
        go.acquire().await.expect("it is open").forget();
        begun.fetch_sub(1, Ordering::SeqCst);
        Ok::<(), JobError>(())
    });
    worked.expect("nobody else works");
    let texts: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    emails.enqueue_all(&texts).await.expect("there");
    until(&emails, |figures| figures.running == 3).await;
    gate.add_permits(20);
    until(&emails, |figures| figures == QueueFigures::default()).await;
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[test]
fn a_backoff_grows_to_its_limit_and_not_beyond() {
    let backoff = Backoff::default();
    assert_eq!(backoff.after(1), Duration::from_secs(1));
    assert_eq!(backoff.after(5), Duration::from_secs(16));
    assert_eq!(backoff.after(u32::MAX), 60 * MINUTE);
    let picked = backoff.pick(5);
    assert!(picked <= backoff.after(5) && picked >= backoff.after(5).mul_f64(0.89));
}
