//! Turns errors into fields, so that every service logs them in one shape.
//!
//! Only texts are taken over. An error's `Debug` output may hold what should not be logged, and the model
//! that greenroom follows shows what happens otherwise: a refused token's payload in the log.

use std::error::Error;

use serde_json::Value;

use super::Fields;

/// The fields `error` (the error's text) and, if it has a source, `cause`.
///
/// `cause` holds the texts of all sources, from the nearest to the deepest, joined by `: `.
pub fn fields_of_error(error: &(dyn Error + 'static)) -> Fields {
    let mut fields = Fields::new();
    fields.insert("error".to_owned(), Value::String(error.to_string()));
    if let Some(cause) = cause_of(error) {
        fields.insert("cause".to_owned(), Value::String(cause));
    }
    fields
}

/// The texts of all sources, or nothing if there is none.
pub(super) fn cause_of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut source = error.source()?;
    let mut text = source.to_string();
    while let Some(deeper) = source.source() {
        text.push_str(": ");
        text.push_str(&deeper.to_string());
        source = deeper;
    }
    Some(text)
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
