use std::time::Duration;

use sea_orm::{ConnectionTrait as _, TransactionTrait as _};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Fixture, bring_back, next, said, until, work};
use crate::queue::store::{Store, Verdict, Wanted};
use crate::queue::{Job, Queue, QueueError, QueueFigures, QueueOptions};

const VISIBILITY: Duration = Duration::from_secs(30);

fn options() -> QueueOptions {
    QueueOptions::new().visibility(VISIBILITY)
}

/// Claims a job as a worker does that then dies.
async fn claim(store: &Store) -> (i64, i64) {
    let wanted = Wanted {
        queue: "emails".to_owned(),
        jobs: 1,
        visibility: VISIBILITY,
    };
    let claimed = store.claim(&[wanted]).await.expect("it is asked");
    assert_eq!(claimed.len(), 1);
    (claimed[0].id, claimed[0].lease)
}

#[tokio::test]
async fn a_job_whose_worker_died_goes_to_another_and_the_late_one_is_ignored() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(options()).await;
    emails.enqueue(&"hello".to_owned()).await.expect("there");
    let store = fixture.store().await;
    let dead = claim(&store).await;
    fixture.advance(VISIBILITY - Duration::from_millis(1));
    assert_eq!(bring_back(&store).await, 0);
    fixture.advance(Duration::from_millis(1));

    let (say, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let (go, gone) = tokio::sync::watch::channel(false);
    let worked = emails.work(async move |job: Job<String>| {
        say.send(job.attempt()).expect("the test listens");
        let _ = gone.clone().wait_for(|gone| *gone).await;
        Ok::<(), QueueError>(())
    });
    worked.expect("nobody else works");
    assert_eq!(next(&mut heard).await, 2);

    assert_eq!(
        store.renew(&[dead], VISIBILITY).await.expect("asked"),
        [dead]
    );
    let done = Verdict::Done {
        keep: Duration::ZERO,
    };
    for late in [done, Verdict::Release] {
        let ended = store.finish(&[(dead, late)]).await.expect("asked");
        assert_eq!(ended, 0);
    }
    assert_eq!(emails.figures().await.expect("counted").running, 1);
    go.send_replace(true);
    until(&emails, |figures| figures == QueueFigures::default()).await;
}

#[tokio::test]
async fn one_that_the_database_refuses_keeps_no_other_waiting() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(options()).await;
    let texts = ["bad", "dead", "done"].map(str::to_owned);
    emails.enqueue_all(&texts).await.expect("there");
    let client = fixture.database.client().await.expect("it is there");
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON greenroom_queue_jobs WHEN NEW.reason = 'bad' \
                  BEGIN SELECT RAISE(ABORT, 'refused'); END";
    client.execute_unprepared(refuse).await.expect("a trigger");
    let store = fixture.store().await;
    let dead = |reason: &str| Verdict::Dead {
        reason: reason.to_owned(),
    };
    let done = Verdict::Done {
        keep: Duration::ZERO,
    };
    let finished = [
        (claim(&store).await, dead("bad")),
        (claim(&store).await, dead("fine")),
        (claim(&store).await, done),
    ];
    let error = store.finish(&finished).await.expect_err("one is refused");
    assert!(error.to_string().contains("refused"), "{error}");
    let figures = emails.figures().await.expect("counted");
    let expected = QueueFigures {
        running: 1,
        dead: 1,
        ..QueueFigures::default()
    };
    assert_eq!(figures, expected);
}

#[tokio::test]
async fn a_hold_that_is_renewed_is_nobody_elses() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(options()).await;
    emails.enqueue(&"hello".to_owned()).await.expect("there");
    let store = fixture.store().await;
    let held = claim(&store).await;
    for _ in 0..3 {
        fixture.advance(VISIBILITY - Duration::from_millis(1));
        assert!(
            store
                .renew(&[held], VISIBILITY)
                .await
                .expect("asked")
                .is_empty()
        );
        assert_eq!(bring_back(&store).await, 0);
    }
    // What is held for longer is not held for less by the next renewal.
    store.renew(&[held], 3 * VISIBILITY).await.expect("asked");
    store.renew(&[held], VISIBILITY).await.expect("asked");
    fixture.advance(2 * VISIBILITY);
    assert_eq!(bring_back(&store).await, 0);
}

#[tokio::test]
async fn a_job_that_cannot_be_kept_is_told_while_the_database_is_silent() {
    let fixture = Fixture::new().await;
    let short = QueueOptions::new().visibility(Duration::from_millis(100));
    let emails = fixture.declare(short).await;
    let (say, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let worked = emails.work(async move |job: Job<String>| {
        say.send("begun").expect("the test listens");
        job.cancellation().cancelled().await;
        say.send("told").expect("the test listens");
        Ok::<(), QueueError>(())
    });
    worked.expect("nobody else works");
    emails.enqueue(&"hello".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, "begun");
    // It has the one connection.
    let client = fixture.database.client().await.expect("it is there");
    let silence = client.begin().await.expect("a transaction");
    assert_eq!(next(&mut heard).await, "told");
    silence.rollback().await.expect("rolled back");
}

#[tokio::test]
async fn after_a_jump_of_the_clock_what_runs_here_stays_here() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(options()).await;
    let (say, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let (go, gone) = tokio::sync::watch::channel(false);
    let worked = emails.work(async move |job: Job<String>| {
        say.send(job.attempt()).expect("the test listens");
        let _ = gone.clone().wait_for(|gone| *gone).await;
        job.extend(VISIBILITY).await
    });
    worked.expect("nobody else works");
    emails.enqueue(&"hello".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, 1);
    fixture.advance(100 * VISIBILITY);
    // Another job shows that the worker has looked since.
    let delayed = emails.job(&"next".to_owned()).delay(VISIBILITY);
    delayed.enqueue().await.expect("there");
    fixture.advance(VISIBILITY);
    assert_eq!(next(&mut heard).await, 1);
    go.send_replace(true);
    until(&emails, |figures| figures == QueueFigures::default()).await;
    heard.try_recv().expect_err("each ran once");
}

/// Waits until a worker has looked what is due.
async fn looks(
    fixture: &Fixture,
    emails: &Queue<String>,
    heard: &mut UnboundedReceiver<(String, u32)>,
) {
    let second = Duration::from_secs(1);
    let delayed = emails.job(&"before".to_owned()).delay(second);
    delayed.enqueue().await.expect("there");
    fixture.advance(second);
    assert_eq!(next(heard).await, said("before", 1));
}

#[tokio::test]
async fn after_a_jump_of_the_clock_what_others_run_stays_theirs() {
    let one = Fixture::new().await;
    let two = one.beside();
    let options = options().concurrency(1);
    let emails = one.declare(options.clone()).await;
    let (say, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let (go, gone) = tokio::sync::watch::channel(false);
    let worked = emails.work(async move |job: Job<String>| {
        say.send((job.payload.clone(), job.attempt()))
            .expect("the test listens");
        let _ = gone.clone().wait_for(|gone| *gone).await;
        Ok::<(), QueueError>(())
    });
    worked.expect("nobody else works here");
    emails.enqueue(&"long".to_owned()).await.expect("there");
    assert_eq!(next(&mut heard).await, said("long", 1));
    let mut other = work(&two.declare(options).await, |_| Ok(()));
    // The first replica has no place for these: they show that the second one looks.
    looks(&one, &emails, &mut other).await;
    let after = emails.job(&"after".to_owned()).delay(VISIBILITY);
    after.enqueue().await.expect("there");
    one.advance(100 * VISIBILITY);
    assert_eq!(next(&mut other).await, said("after", 1));
    until(&emails, |figures| figures.ready + figures.delayed == 0).await;
    assert_eq!(emails.figures().await.expect("counted").running, 1);
    go.send_replace(true);
    until(&emails, |figures| figures == QueueFigures::default()).await;
    other.try_recv().expect_err("each ran once");
}

#[tokio::test]
async fn after_the_clock_was_set_back_nothing_is_held_for_longer() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(options()).await;
    let store = fixture.store().await;
    emails.enqueue(&"dead".to_owned()).await.expect("there");
    claim(&store).await;
    let mut heard = work(&emails, |_| Ok(()));
    looks(&fixture, &emails, &mut heard).await;
    {
        let mut now = fixture.clock.0.lock().expect("nobody panics");
        *now -= 100 * VISIBILITY;
    }
    let shortened = tokio::time::timeout(super::PATIENCE, async {
        while store.look(&[]).await.expect("it looks").running > Some(VISIBILITY) {
            tokio::task::yield_now().await;
        }
    });
    shortened
        .await
        .expect("the hold of the dead one is shorter");
    assert_eq!(bring_back(&store).await, 0, "it is not over yet");
}

#[tokio::test]
async fn a_job_whose_last_worker_died_is_a_dead_letter() {
    let fixture = Fixture::new().await;
    let emails = fixture.declare(options().max_attempts(1)).await;
    emails.enqueue(&"hello".to_owned()).await.expect("there");
    claim(&fixture.store().await).await;
    fixture.advance(VISIBILITY);
    let mut heard = work(&emails, |_| Ok(()));
    until(&emails, |figures| figures.dead == 1).await;
    let dead = emails.dead_letters().list(1).await.expect("listed");
    assert!(
        dead[0].reason.contains("the worker of the last one died"),
        "{dead:?}"
    );
    heard.try_recv().expect_err("it had its attempt");
}

#[tokio::test]
async fn two_replicas_share_the_jobs_and_run_none_twice() {
    const JOBS: usize = 2000;
    let one = Fixture::new().await;
    let two = one.beside();
    let options = QueueOptions::new().concurrency(32);
    let emails = one.declare(options.clone()).await;
    let texts: Vec<String> = (0..JOBS).map(|number| number.to_string()).collect();
    emails.enqueue_all(&texts).await.expect("there");
    let mut first = work(&emails, |_| Ok(()));
    let mut second = work(&two.declare(options).await, |_| Ok(()));
    until(&emails, |figures| figures == QueueFigures::default()).await;
    let mut all = Vec::new();
    for heard in [&mut first, &mut second] {
        while let Ok(heard) = heard.try_recv() {
            all.push(heard);
        }
    }
    let mut expected: Vec<_> = texts.iter().map(|text| said(text, 1)).collect();
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
}
