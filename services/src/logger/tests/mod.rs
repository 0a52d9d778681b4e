//! What the log does as a whole, seen in the lines that come out.

mod events;
mod formats;
mod levels;
mod panics;
mod sinks;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{ExtraLayer, Lines, Sink, TracingLogger};
use crate::clock::Clock;
use crate::clock::testing::Still;
use crate::config::Config;

/// 2026-11-22T10:38:29.798Z.
fn clock() -> Clock {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_343_909_798);
    Arc::new(Still(time))
}

fn config(logger: Value) -> Config {
    Config::from_json(json!({ "backend": { "logger": logger } }))
}

fn root_with(logger: Value, layers: Vec<ExtraLayer>) -> (TracingLogger, Lines) {
    let (sink, lines) = Sink::memory();
    let root = TracingLogger::with_clock(&config(logger), sink, layers, clock());
    (root.expect("a valid configuration"), lines)
}

fn root(logger: Value) -> (TracingLogger, Lines) {
    root_with(logger, Vec::new())
}

/// The messages of lines in JSON.
fn messages(lines: &Lines) -> Vec<String> {
    let message = |line: &String| {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        line["message"].as_str().expect("a message").to_owned()
    };
    lines.take().iter().map(message).collect()
}
