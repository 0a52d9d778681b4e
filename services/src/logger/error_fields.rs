//! Turns errors into fields, so that every service logs them in one shape.
//!
//! Only texts are taken over. An error's `Debug` output may hold what should not be logged, and the model
//! that greenroom follows shows what happens otherwise: a refused token's payload in the log.

use std::error::Error;

use greenroom_di_core::causes;
use serde_json::Value;

use super::Fields;

/// The fields `error` (the error's text) and, if there is more behind it than that says, `cause`.
///
/// `cause` holds the texts of the sources, from the nearest to the deepest, joined by `: `, without those that the one
/// before ends with.
pub fn fields_of_error(error: &(dyn Error + 'static)) -> Fields {
    let mut fields = Fields::new();
    fields.insert("error".to_owned(), Value::String(error.to_string()));
    if let Some(cause) = cause_of(error) {
        fields.insert("cause".to_owned(), Value::String(cause));
    }
    fields
}

/// The texts of the sources, or nothing if they have nothing to add.
pub(super) fn cause_of(error: &(dyn Error + 'static)) -> Option<String> {
    let texts: Vec<_> = causes(error).map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| texts.join(": "))
}

#[cfg(test)]
mod tests {
    use std::io;

    use serde_json::json;
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error)]
    #[error("{0}")]
    struct Outer(&'static str, #[source] Box<dyn Error>);

    #[test]
    fn the_chain_of_causes_is_text() {
        let deepest = io::Error::other("connection refused");
        let error = Outer(
            "the index is lost",
            Box::new(Outer("no database", deepest.into())),
        );
        assert_eq!(
            Value::from(fields_of_error(&error)),
            json!({ "error": "the index is lost", "cause": "no database: connection refused" })
        );
    }

    #[test]
    fn without_a_source_there_is_no_cause() {
        let fields = fields_of_error(&io::Error::other("alone"));
        assert_eq!(Value::from(fields), json!({ "error": "alone" }));
    }
}
