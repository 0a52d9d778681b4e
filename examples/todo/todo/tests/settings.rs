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
async fn mistakes_are_told_all_at_once_by_their_keys() {
    let backend = backend().config(json!({
        "todo": {
            "pageSize": 0,
            "keepDoneFor": 30,
            "sweep": { "frequency": { "cron": "at night" } },
        },
    }));
    let error = backend.start_error().await.to_string();
    for key in ["todo.pageSize", "todo.keepDoneFor", "todo.sweep.frequency"] {
        assert!(error.contains(&format!("`{key}")), "{error}");
    }
}
