//! Events of the macros of `tracing`, and their spans.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing::dispatcher::with_default;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer};

use super::super::{Fields, RootLoggerService, plugin_logger};
use super::{messages, root, root_with};

const TIME: &str = r#"{"timestamp":"2026-11-22T10:38:29.798Z","level":"#;

#[test]
fn an_event_has_target_and_the_fields_of_its_spans() {
    let (root, lines) = root(json!({}));
    with_default(&root.dispatch(), || {
        let plugin = tracing::info_span!("plugin", plugin = "example", a = 1, b = 1);
        let _plugin = plugin.enter();
        let request = tracing::info_span!("request", requestId = tracing::field::Empty, b = 2);
        let _request = request.enter();
        request.record("requestId", "r-1");
        plugin.record("a", 5);
        let error = std::io::Error::other("gone");
        tracing::warn!(target: "shop::cart", b = 3, r#type = "t", list = ?[1, 2], nan = f64::NAN,
            big = u128::MAX, error = &error as &(dyn std::error::Error + 'static), "took {} ms", 7);
    });
    let expected = r#""warn","message":"took 7 ms","plugin":"example","service":"backstage","a":5,"b":3,"big":"340282366920938463463374607431768211455","error":"gone","list":"[1, 2]","nan":"NaN","requestId":"r-1","target":"shop::cart","type":"t"}"#;
    assert_eq!(lines.all(), [format!("{TIME}{expected}")]);
}

#[test]
fn a_logger_sees_the_spans_whatever_the_default_is() {
    let (root, lines) = root(json!({}));
    let (other, other_lines) = super::root(json!({}));
    let logger = plugin_logger(&root, "example");
    let dispatch = root.dispatch();
    let span = with_default(&dispatch, || {
        tracing::info_span!("request", requestId = "r-1", plugin = "outer")
    });
    let _entered = span.enter();
    logger.info("inside");
    with_default(&other.dispatch(), || logger.info("elsewhere"));
    let tail = r#""plugin":"example","service":"backstage","requestId":"r-1"}"#;
    assert!(lines.all().iter().all(|line| line.ends_with(tail)));
    assert_eq!(messages(&lines), ["inside", "elsewhere"]);
    assert!(other_lines.all().is_empty());
}

#[test]
fn spans_stay_when_their_level_is_off() {
    let (root, lines) = root(json!({ "level": "error" }));
    with_default(&root.dispatch(), || {
        let _span = tracing::info_span!("request", requestId = "r-1").entered();
        let _hidden = tracing::debug_span!("detail", detail = 1).entered();
        tracing::info!("not written");
        tracing::error!(target: "t", "written");
    });
    let expected =
        r#""error","message":"written","service":"backstage","requestId":"r-1","target":"t"}"#;
    assert_eq!(lines.all(), [format!("{TIME}{expected}")]);
}

#[test]
fn a_message_that_is_no_text_is_a_field() {
    let (root, lines) = root(json!({}));
    with_default(
        &root.dispatch(),
        || tracing::info!(target: "t", message = 5),
    );
    let expected = r#""info","message":"","service":"backstage","field.message":5,"target":"t"}"#;
    assert_eq!(lines.all(), [format!("{TIME}{expected}")]);
}

#[test]
fn text_shows_the_target_where_no_plugin_is_known() {
    let (root, lines) = root(json!({ "format": "text" }));
    with_default(&root.dispatch(), || {
        tracing::info!(target: "sqlx::query", rows = 3, "done");
        let _span = tracing::info_span!("plugin", plugin = "example").entered();
        tracing::info!(target: "shop", "no fields");
    });
    assert_eq!(
        lines.all(),
        [
            "2026-11-22T10:38:29.798Z info  sqlx::query done rows=3",
            "2026-11-22T10:38:29.798Z info  example no fields target=shop",
        ]
    );
}

#[test]
fn a_value_that_logs_while_it_is_formatted_does_no_harm() {
    struct Chatty(super::super::Logger);
    impl fmt::Debug for Chatty {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.info("inner");
            formatter.write_str("value")
        }
    }
    let (root, lines) = root(json!({}));
    let chatty = Chatty(root.logger(Fields::new()));
    with_default(&root.dispatch(), || {
        let _span = tracing::info_span!("outer", chatty = ?chatty).entered();
        tracing::info!(chatty = ?chatty, "outer");
    });
    assert!(lines.all()[2].contains(r#""chatty":"value""#));
    assert_eq!(messages(&lines), ["inner", "inner", "outer"]);
}

/// Collects events as `level target name=value …`.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Witness {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                self.0.push_str(&format!(" {field}={value:?}"));
            }
        }
        let metadata = event.metadata();
        let mut text = Text(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut text);
        self.0.lock().expect("no panic").push(text.0);
    }
}

#[test]
fn further_layers_see_loggers_and_macros_once() {
    let witness = Witness::default();
    let settings = json!({
        "level": "warn",
        "overrides": [{ "matchers": { "type": "noise" }, "level": "off" }],
    });
    let (root, lines) = root_with(settings, vec![Box::new(witness.clone())]);
    let logger = plugin_logger(&root, "example");
    logger.warn_with("from the logger", json!({ "a": 1 }));
    logger.info("below the level of the log");
    logger.warn_with("refused by an override", json!({ "type": "noise" }));
    with_default(&root.dispatch(), || {
        tracing::warn!(target: "t", "from a macro");
        tracing::info!(target: "t", "only for the witness");
    });
    assert_eq!(messages(&lines), ["from the logger", "from a macro"]);
    assert_eq!(
        *witness.0.lock().expect("no panic"),
        [
            r#"WARN greenroom::logger message=from the logger plugin="example" fields="{\"a\":1}""#,
            "WARN t message=from a macro",
            "INFO t message=only for the witness",
        ]
    );
}
