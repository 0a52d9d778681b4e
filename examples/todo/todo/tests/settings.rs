//! What an operator writes: its defaults, and its mistakes, which keep the backend from starting.

use greenroom::prelude::*;
use greenroom_test_kit::mock_services::FakeScheduler;
use serde_json::json;

use super::backend;

#[tokio::test]
async fn the_sweep_is_every_night_unless_the_configuration_says_when() {
    let monthly = json!({ "todo": { "sweep": { "frequency": { "cron": "0 4 1 * *" } } } });
    for (config, pattern) in [(json!({}), "0 3 * * *"), (monthly, "0 4 1 * *")] {
        let tasks = FakeScheduler::new();
        let backend = backend().with(tasks.clone()).config(config);
        let _backend = backend.start().await;
        let expected = TaskSchedule::cron(pattern).expect("it is a pattern");
        assert_eq!(tasks.of_plugin("todo").task("sweep").schedule, expected);
    }
}

/// A failure test.
#[tokio::test]
async fn a_mistake_is_told_by_its_key() {
    for (settings, key) in [
        (json!({ "pageSize": 0 }), "`todo.pageSize`"),
        (json!({ "keepDoneFor": 30 }), "`todo.keepDoneFor`"),
        (
            json!({ "sweep": { "frequency": { "cron": "at night" } } }),
            "`todo.sweep.frequency`",
        ),
    ] {
        let backend = backend().config(json!({ "todo": settings }));
        let error = backend.start_error().await.to_string();
        assert!(error.contains(key), "{error}");
    }
}
