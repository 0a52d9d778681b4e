//! Puts panics into the log.
//!
//! The default hook of Rust prints several lines to standard error that no log collector can attribute.
//! This one writes a line like all others, with the plugin in whose span the panic happened. The program
//! installs it (`std::panic::set_hook`), since a process has one hook and a library must not take it.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

use serde_json::Value;
use tracing::{Dispatch, dispatcher};

use super::layer::LineLayer;
use super::{Fields, Level, tracing_logger};

/// A panic hook that logs at level error.
///
/// The line has `type: panic`, `location` (`file:line`), `thread`, the fields of the spans around the panic,
/// and `backtrace` if `RUST_BACKTRACE` asks for one. If the thread's default is the dispatch of a backend
/// the line goes there, because it knows the spans and so the plugin; otherwise to the given dispatch.
/// With `panic = "abort"` the hook still runs.
///
/// ```
/// # use greenroom_services::config::Config;
/// # use greenroom_services::logger::{RootLoggerService, Sink, TracingLogger, panic_hook};
/// # let root = TracingLogger::new(&Config::empty(), Sink::stdout()).unwrap();
/// std::panic::set_hook(panic_hook(root.dispatch()));
/// ```
pub fn panic_hook(dispatch: Dispatch) -> Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> {
    Box::new(move |info| {
        let current = dispatcher::get_default(Dispatch::clone);
        let dispatch = if current.is::<LineLayer>() {
            &current
        } else {
            &dispatch
        };
        report(dispatch, info);
    })
}

fn report(dispatch: &Dispatch, info: &PanicHookInfo<'_>) {
    let message = match info.payload_as_str() {
        Some(text) => format!("panicked: {text}"),
        None => "panicked with a value that is no text".to_owned(),
    };
    let fields = fields(info);
    match dispatch.downcast_ref::<LineLayer>() {
        // Straight to the writer: the macros stay silent when the panic happened inside one of them.
        Some(layer) => tracing_logger::emit(
            &layer.writer,
            dispatch,
            (Level::Error, &message),
            [&fields, &Fields::new()],
        ),
        None => dispatcher::with_default(dispatch, || {
            let fields = Value::Object(fields).to_string();
            tracing::error!(target: "panic", fields, "{message}");
        }),
    }
}

fn fields(info: &PanicHookInfo<'_>) -> Fields {
    let thread = std::thread::current();
    let mut fields = Fields::new();
    let mut add = |name: &str, value: String| fields.insert(name.to_owned(), Value::String(value));
    add("type", "panic".to_owned());
    add("thread", thread.name().unwrap_or("unnamed").to_owned());
    if let Some(location) = info.location() {
        let (file, line) = (location.file(), location.line());
        add("location", format!("{file}:{line}"));
    }
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        add("backtrace", backtrace.to_string());
    }
    fields
}
