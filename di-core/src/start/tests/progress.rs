//! A start that takes long says what it waits for.

use std::future::pending;
use std::time::Duration;

use tokio::time::sleep;
use tracing::instrument::WithSubscriber;

use super::support::*;
use crate::service::Scope;
use crate::{StartError, StopHandle};

#[tokio::test(start_paused = true)]
async fn a_long_start_says_what_it_waits_for_ever_more_rarely() {
    let own = service("test.own", Scope::Plugin);
    let stage = Stage::new()
        .on("own", async |_| {
            sleep(Duration::from_secs(90)).await;
            Ok(thing("own"))
        })
        .on("q", async |_| {
            sleep(Duration::from_secs(300)).await;
            nothing()
        });
    let entries = [
        plugin("p", &[needs(own)], act!("p")),
        plugin("q", &[], act!("q")),
        factory(own, &[], act!("own")),
    ];
    let lines = Lines::new();
    let starting = stage.start(&entries).with_subscriber(lines.dispatch());
    let running = starting.await.expect("it starts");
    let said = lines.containing("Still starting");
    let seconds: Vec<u64> = said.iter().map(|line| line.seconds).collect();
    assert_eq!(seconds, [1, 2, 4, 7, 12, 20, 33, 54, 88, 143, 203, 263]);
    assert_eq!(
        said[0].message,
        "Still starting: waiting for service `test.own` for plugin `p` (1.0 s), plugin `q` (1.0 s); 1 waits behind"
    );
    assert_eq!(
        said[9].message,
        "Still starting: waiting for plugin `q` (143.0 s)"
    );
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_broken_off_says_what_it_waited_for() {
    let stop = StopHandle::new();
    let asked = stop.clone();
    let stage = Stage::new().on("p", move |_| {
        let stop = asked.clone();
        async move {
            stop.request();
            pending::<()>().await;
            nothing()
        }
    });
    let lines = Lines::new();
    let backend = backend(&[plugin("p", &[], act!("p"))]);
    let starting = backend.start(stage.inputs().with(stop));
    let outcome = starting.with_subscriber(lines.dispatch()).await;
    assert!(matches!(outcome, Err(StartError::Interrupted(_))));
    assert_eq!(
        lines.containing("broken off")[0].message,
        "The start was broken off while it waited for plugin `p` (0.0 s)"
    );
}
