//! Which lines are written, and how that changes while the backend runs.

use serde_json::json;
use tokio::sync::watch;
use tracing::dispatcher::with_default;

use super::super::{Fields, Level, RootLoggerService, plugin_logger};
use super::{config, messages, root};

#[test]
fn each_method_has_its_level() {
    let (root, lines) = root(json!({ "level": "trace" }));
    let logger = root.logger(Fields::new());
    logger.error("error");
    logger.warn("warn");
    logger.info("info");
    logger.debug("debug");
    logger.trace("trace");
    logger.error_with("error", json!({}));
    logger.warn_with("warn", json!({}));
    logger.info_with("info", json!({}));
    logger.debug_with("debug", json!({}));
    logger.trace_with("trace", json!({}));
    for line in lines.all() {
        let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(line["level"], line["message"]);
    }
    assert_eq!(messages(&lines).len(), 10);
}

#[test]
fn info_is_the_default_and_off_is_silent() {
    let (root, lines) = root(json!({}));
    let logger = root.logger(Fields::new());
    assert!(logger.enabled(Level::Info) && !logger.enabled(Level::Debug));
    logger.debug("no");
    logger.info("yes");
    root.set_config(&config(json!({ "level": "off" })))
        .expect("valid");
    assert!(!logger.enabled(Level::Error));
    logger.error("no");
    assert_eq!(messages(&lines), ["yes"]);
}

#[test]
fn overrides_look_at_plugin_target_and_fields_of_the_call() {
    let (root, lines) = root(json!({ "overrides": [
        { "matchers": { "type": "incomingRequest" }, "level": "error" },
        { "matchers": { "plugin": ["/^cat/", "x"] }, "level": "debug" },
        { "matchers": { "target": "sqlx" }, "level": "warn" },
        { "matchers": { "status": 500 }, "level": "trace" },
    ] }));
    let logger = plugin_logger(&root, "catalog");
    logger.debug("catalog");
    logger.info_with("request", json!({ "type": "incomingRequest" }));
    logger.trace("catalog trace");
    let other = plugin_logger(&root, "other");
    other.debug("other");
    other.trace_with("other 500", json!({ "status": 500 }));
    with_default(&root.dispatch(), || {
        tracing::info!(target: "sqlx::query", "sqlx info");
        tracing::warn!(target: "sqlx::query", "sqlx warn");
        tracing::debug!(target: "shop", "no plugin");
        let _span = tracing::info_span!("plugin", plugin = "catalog").entered();
        tracing::debug!(target: "shop", "in catalog");
        tracing::trace!(target: "shop", "in catalog trace");
    });
    assert_eq!(
        messages(&lines),
        ["catalog", "other 500", "sqlx warn", "in catalog"]
    );
}

#[test]
fn enabled_knows_what_the_logger_cannot_become() {
    let (root, _) = root(json!({ "overrides": [
        { "matchers": { "plugin": "a" }, "level": "trace" },
        { "matchers": { "target": "sqlx" }, "level": "trace" },
    ] }));
    assert!(plugin_logger(&root, "a").enabled(Level::Trace));
    assert!(!plugin_logger(&root, "b").enabled(Level::Debug));
}

#[test]
fn a_reload_reaches_loggers_and_macros_that_exist() {
    let (root, lines) = root(json!({}));
    let logger = plugin_logger(&root, "a");
    let speak = || {
        logger.debug("logger");
        with_default(&root.dispatch(), || tracing::debug!(target: "t", "macro"));
    };
    speak();
    root.set_config(&config(json!({ "level": "debug" })))
        .expect("valid");
    speak();
    root.set_config(&config(json!({ "level": "loud" })))
        .expect_err("not valid");
    speak();
    root.set_config(&config(json!({}))).expect("valid");
    speak();
    assert_eq!(messages(&lines), ["logger", "macro", "logger", "macro"]);
}

#[test]
fn a_reload_changes_meta_and_format_too() {
    let (root, lines) = root(json!({}));
    let changed = json!({ "format": "text", "meta": { "region": "eu" } });
    root.set_config(&config(changed)).expect("valid");
    root.logger(Fields::new()).info("hello");
    assert_eq!(
        lines.all(),
        ["2026-11-22T10:38:29.798Z info  backstage hello region=eu"]
    );
}

#[tokio::test]
async fn following_applies_what_comes_and_reports_mistakes() {
    let (root, lines) = root(json!({}));
    let logger = root.logger(Fields::new());
    for (level, enabled) in [("debug", true), ("loud", false)] {
        let (sender, receiver) = watch::channel(config(json!({})));
        root.set_config(&config(json!({}))).expect("valid");
        sender.send_replace(config(json!({ "level": level })));
        drop(sender);
        root.clone().follow(receiver).await;
        assert_eq!(logger.enabled(Level::Debug), enabled, "{level}");
    }
    let line = &lines.all()[0];
    assert!(line.contains(r#""level":"warn""#), "{line}");
    assert!(line.contains("`backend.logger.level` from"), "{line}");
}
