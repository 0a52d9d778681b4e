//! What is left of a panic.
//!
//! The panic hook of the program has printed its own account by then; this is the text for the log of
//! the backend. With `panic = "abort"` nothing comes back here: the process is gone.

use std::any::Any;

/// A handler panicked.
#[derive(Debug, thiserror::Error)]
#[error("handler panicked: {message}")]
pub(super) struct Panicked {
    message: String,
}

impl Panicked {
    /// Reads the payload; one that is no text has no message to give.
    pub(super) fn new(payload: &(dyn Any + Send)) -> Self {
        let message = payload
            .downcast_ref::<&'static str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "(no message)".to_owned());
        Self { message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_both_kinds_are_read() {
        let table: [(Box<dyn Any + Send>, &str); 3] = [
            (Box::new("static"), "handler panicked: static"),
            (Box::new("owned".to_owned()), "handler panicked: owned"),
            (Box::new(7_u8), "handler panicked: (no message)"),
        ];
        for (payload, expected) in table {
            assert_eq!(Panicked::new(&*payload).to_string(), expected);
        }
    }
}
