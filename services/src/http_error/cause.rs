//! What is behind an error, and who may learn it.
//!
//! The model sends every cause to the client, a database's words among them. Here the type says which it
//! is: an error that was made for clients, or one that only the log may have.

use std::error::Error;
use std::fmt::Write as _;

use greenroom_di_core::causes;

use super::body::Hidden;
use super::{BoxError, HttpError, Parts};

/// What is behind an error.
#[derive(Debug)]
pub(super) enum Behind {
    /// Nothing is known.
    Nothing,
    /// An error that is a part of the answer.
    Cause(HttpError),
    /// An error for the log.
    Source(BoxError),
    /// An error for the log, in the place of a message: the client gets an id.
    Internal(BoxError),
}

impl Parts {
    /// The cause that is a part of the answer.
    pub(super) fn cause(&self) -> Option<&Parts> {
        match &self.behind {
            Behind::Cause(cause) => Some(&cause.parts),
            _ => None,
        }
    }

    /// Whether the answer has words in it that stand for an error that only the log has.
    pub(super) fn hides(&self) -> bool {
        match &self.behind {
            Behind::Internal(_) => true,
            Behind::Cause(cause) => cause.parts.hides(),
            Behind::Nothing | Behind::Source(_) => false,
        }
    }

    /// The message as the client gets it: `outer; caused by Name: inner`.
    pub(super) fn told(&self, hidden: Hidden<'_>) -> String {
        let cause = match &self.behind {
            Behind::Cause(cause) => &cause.parts,
            Behind::Internal(source) => return hidden.words(source),
            Behind::Nothing | Behind::Source(_) => return self.message.to_string(),
        };
        let mut told = self.message.to_string();
        if !told.is_empty() {
            told.push_str("; ");
        }
        let _ = write!(told, "caused by {}", cause.name);
        let inner = cause.told(hidden);
        if !inner.is_empty() {
            let _ = write!(told, ": {inner}");
        }
        told
    }

    /// What lies behind the message, for `Error::source`.
    pub(super) fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.behind {
            Behind::Nothing => None,
            Behind::Cause(cause) => Some(cause),
            Behind::Source(source) => Some(&**source),
            // It prints as its source, so what lies behind that one comes next.
            Behind::Internal(source) => source.source(),
        }
    }
}

/// An error and every cause behind it in one line for the log; a cause that has a name stands with it.
pub(super) fn details(error: &HttpError) -> String {
    let mut text = error.to_string();
    for error in causes(error) {
        let separator = if text.is_empty() { "" } else { "; caused by " };
        text.push_str(separator);
        if let Some(named) = error.downcast_ref::<HttpError>() {
            let _ = write!(text, "{}: ", named.name());
        }
        let _ = write!(text, "{error}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_joined_into_one_line_for_the_log() {
        let disk = HttpError::internal(std::io::Error::other("disk full"));
        assert_eq!(details(&disk), "disk full");
        let outer = HttpError::input("no").with_cause(HttpError::forwarded("not kept", disk));
        assert_eq!(
            details(&outer),
            "no; caused by Error: not kept; caused by Error: disk full"
        );
        let known = HttpError::not_found("no such file").with_source("os error 2");
        assert_eq!(details(&known), "no such file; caused by os error 2");
    }

    #[test]
    fn a_message_that_is_empty_leaves_no_separator_behind() {
        let bare = |name: &'static str| HttpError::new(http::StatusCode::CONFLICT, name, "");
        let error = bare("Outer").with_cause(bare("Inner"));
        assert_eq!(error.parts.told(Hidden::Nameless), "caused by Inner");
    }
}
