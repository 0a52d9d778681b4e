//! The methods that one calls on a logger.
//!
//! They are methods of the trait object, not of the trait: an implementation then has three methods to
//! write, and a message may be of any type that is text.

use serde_json::Value;

use super::{Fields, Level, LoggerService};

impl dyn LoggerService {
    /// Logs a failure that somebody should look at.
    pub fn error(&self, message: impl AsRef<str>) {
        self.log(Level::Error, message.as_ref(), &Fields::new());
    }

    /// Logs what is wrong while the work goes on.
    pub fn warn(&self, message: impl AsRef<str>) {
        self.log(Level::Warn, message.as_ref(), &Fields::new());
    }

    /// Logs what an operator wants to follow.
    pub fn info(&self, message: impl AsRef<str>) {
        self.log(Level::Info, message.as_ref(), &Fields::new());
    }

    /// Logs what helps a developer.
    pub fn debug(&self, message: impl AsRef<str>) {
        self.log(Level::Debug, message.as_ref(), &Fields::new());
    }

    /// Logs the finest detail.
    pub fn trace(&self, message: impl AsRef<str>) {
        self.log(Level::Trace, message.as_ref(), &Fields::new());
    }

    /// Like `error`, with fields: an object made by `json!({…})`.
    ///
    /// A value that is no object becomes the field `value`; `null` stands for no fields.
    pub fn error_with(&self, message: impl AsRef<str>, fields: Value) {
        self.log(Level::Error, message.as_ref(), &into_fields(fields));
    }

    /// Like `warn`, with fields as in `error_with`.
    pub fn warn_with(&self, message: impl AsRef<str>, fields: Value) {
        self.log(Level::Warn, message.as_ref(), &into_fields(fields));
    }

    /// Like `info`, with fields as in `error_with`.
    pub fn info_with(&self, message: impl AsRef<str>, fields: Value) {
        self.log(Level::Info, message.as_ref(), &into_fields(fields));
    }

    /// Like `debug`, with fields as in `error_with`.
    pub fn debug_with(&self, message: impl AsRef<str>, fields: Value) {
        self.log(Level::Debug, message.as_ref(), &into_fields(fields));
    }

    /// Like `trace`, with fields as in `error_with`.
    pub fn trace_with(&self, message: impl AsRef<str>, fields: Value) {
        self.log(Level::Trace, message.as_ref(), &into_fields(fields));
    }
}

fn into_fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        Value::Null => Fields::new(),
        other => Fields::from_iter([("value".to_owned(), other)]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_object_is_kept_as_value() {
        assert_eq!(
            Value::from(into_fields(json!({ "a": 1 }))),
            json!({ "a": 1 })
        );
        assert_eq!(
            Value::from(into_fields(json!([1]))),
            json!({ "value": [1] })
        );
        assert!(into_fields(Value::Null).is_empty());
    }
}
