//! The calls that mocks refused: a refusal is a panic inside of the backend, which the backend contains.
//!
//! Where a mock can be watched, its panics are written down where they begin, so that neither a log that is switched
//! off nor a task that nobody joins hides one. A mock that came by `.service`, or whose double was written by hand, is
//! found by the words of `mockall` in the log.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::Logs;
use crate::panic_text::text_of;

/// What mocks panicked with; clones share the list.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<Vec<String>>>);

impl Refusals {
    /// Calls a mock. What it panics with is kept, and the panic goes on.
    pub fn watch<T>(&self, call: impl FnOnce() -> T) -> T {
        // Nothing is looked at here after a panic, which goes on.
        match catch_unwind(AssertUnwindSafe(call)) {
            Ok(value) => value,
            Err(payload) => {
                self.add(text_of(&*payload));
                resume_unwind(payload)
            }
        }
    }

    /// As [`watch`](Self::watch), for a call that is awaited.
    pub async fn watch_async<T>(&self, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        poll_fn(|context| self.watch(|| call.as_mut().poll(context))).await
    }

    fn add(&self, text: String) {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }

    /// All refusals, those in the log too.
    pub(crate) fn all(&self, logs: &Logs) -> Vec<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = known.clone();
        drop(known);
        for line in logs.lines() {
            let fields = line.fields.values().filter_map(Value::as_str);
            for text in fields.chain([&*line.message]) {
                if let Some(found) = in_words_of_mockall(text)
                    && !all.iter().any(|known| found.contains(&**known))
                {
                    all.push(found.to_owned());
                }
            }
        }
        all
    }
}

/// The part of a text that a mock of `mockall` panicked with: `MockPrices::of: Expectation(…) called twice`.
fn in_words_of_mockall(text: &str) -> Option<&str> {
    const WORDS: [&str; 3] = [
        ": Expectation(",
        ": No matching expectation found",
        ": Method sequence violation",
    ];
    let start = text.find("Mock")?;
    let text = &text[start..];
    let is_call = text
        .split_once("::")
        .is_some_and(|(name, _)| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    (is_call && WORDS.iter().any(|words| text.contains(words))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mocks_are_known_by_their_words() {
        for (text, found) in [
            (
                "handler panicked: MockPrices::of(\"tea\"): No matching expectation found",
                Some("MockPrices::of(\"tea\"): No matching expectation found"),
            ),
            (
                "MockPrices::of: Expectation(<anything>) called 2 times which is more than the expected 1",
                Some(
                    "MockPrices::of: Expectation(<anything>) called 2 times which is more than the expected 1",
                ),
            ),
            ("Mocks are fun: Expectation(none) of them::all", None),
            ("MockPrices::of was called", None),
            ("the shop is closed", None),
        ] {
            assert_eq!(in_words_of_mockall(text), found, "{text}");
        }
    }

    #[test]
    fn a_refusal_that_is_logged_is_told_once() {
        let refusals = Refusals::default();
        let call = || refusals.watch(|| panic!("MockA::b(): No matching expectation found"));
        let _ = catch_unwind(AssertUnwindSafe(|| {
            call();
        }));
        let line = r#"{"level":"error","message":"x","error":"handler panicked: MockA::b(): No matching expectation found"}"#;
        let logs = Logs::of(vec![crate::LogLine::parse(line)]);
        assert_eq!(
            refusals.all(&logs),
            ["MockA::b(): No matching expectation found"]
        );
    }
}
