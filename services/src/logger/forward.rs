//! Shows the lines of loggers to further layers of the dispatch.
//!
//! They get an ordinary event, one place in the code for each level because `tracing` fixes the level there.
//! The line itself is already written: our own layer refuses this target.

use serde_json::Value;
use tracing::{Dispatch, dispatcher};

use super::Fields;
use super::level::Level;

/// The target of these events.
pub(super) const TARGET: &str = "greenroom::logger";

/// Emits the event through `dispatch`, whatever the thread's default is.
///
/// `fields` go from the nearest to the farthest.
pub(super) fn forward(dispatch: &Dispatch, level: Level, message: &str, fields: [&Fields; 2]) {
    let [near, far] = fields;
    let mut all = far.clone();
    all.extend(near.clone());
    let plugin = all.remove("plugin");
    let plugin = plugin.as_ref().and_then(Value::as_str);
    let fields = Value::Object(all).to_string();
    macro_rules! emit {
        ($level:ident) => {
            tracing::event!(
                target: TARGET,
                tracing::Level::$level,
                plugin,
                fields = fields.as_str(),
                "{message}"
            )
        };
    }
    dispatcher::with_default(dispatch, || match level {
        Level::Error => emit!(ERROR),
        Level::Warn => emit!(WARN),
        Level::Info => emit!(INFO),
        Level::Debug => emit!(DEBUG),
        Level::Trace => emit!(TRACE),
    });
}
