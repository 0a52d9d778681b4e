//! A value that cannot be shown by accident.
//!
//! Finding secrets in finished log lines replaces harmless words and misses real ones. This type is
//! shown nowhere instead: it has no `Display` and no `Serialize`, and `Debug` prints stars. It is
//! its own type and not one of a crate, because it also has to read itself without an error that
//! repeats the value and to mark itself in the schema. It does not wipe memory: the text of the
//! file was in it just before.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};

/// The name under which a secret announces itself to the deserializer of the configuration.
pub(super) const MARKER: &str = "$greenroom::Secret";

/// What the error of a secret says instead of the error of the value.
pub(super) const REFUSED: &str = "a secret value of type ";

/// A value that is only seen by who asks for it with [`expose`](Self::expose).
///
/// ```
/// # use greenroom_services::config::Secret;
/// let password = Secret::new("hunter2".to_owned());
/// assert_eq!(format!("{password:?}"), "Secret(***)");
/// assert_eq!(password.expose(), "hunter2");
/// ```
///
/// It cannot be printed:
///
/// ```compile_fail,E0277
/// # use greenroom_services::config::Secret;
/// println!("{}", Secret::new("hunter2".to_owned()));
/// ```
///
/// nor written into an answer:
///
/// ```compile_fail,E0277
/// # use greenroom_services::config::Secret;
/// serde_json::to_string(&Secret::new("hunter2".to_owned()));
/// ```
#[derive(Clone, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(MARKER, Hidden(PhantomData))
    }
}

struct Hidden<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Hidden<T> {
    type Value = Secret<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REFUSED}`{}`", short_name::<T>())
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        // The error of the value may repeat the value, whatever the format: it is dropped here.
        let wanted = || format!("{REFUSED}`{}`", short_name::<T>());
        T::deserialize(inner)
            .map(Secret)
            .map_err(|_| D::Error::custom(wanted()))
    }
}

/// The name of a type without its path, which is enough for a reader of a message.
fn short_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let path = name.split('<').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path)
}

impl<T: JsonSchema> JsonSchema for Secret<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Secret_of_{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("greenroom::Secret<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        let is_text = schema.get("type").is_some_and(|kind| kind == "string");
        schema.insert("writeOnly".to_owned(), true.into());
        if is_text && schema.get("format").is_none() {
            schema.insert("format".to_owned(), "password".into());
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn debug_and_errors_keep_it() {
        assert_eq!(format!("{:?}", Some(Secret::new(12))), "Some(Secret(***))");
        let error = serde_json::from_value::<Secret<u16>>(json!("hunter2")).err();
        assert_eq!(
            error.expect("it is refused").to_string(),
            "a secret value of type `u16`"
        );
        let secret: Secret<u16> = serde_json::from_value(json!(7)).expect("it is a number");
        assert_eq!(*secret.expose(), 7);
    }

    #[test]
    fn the_schema_marks_it() {
        let schema = schemars::schema_for!(Secret<String>);
        assert_eq!(schema.get("type"), Some(&json!("string")));
        assert_eq!(schema.get("format"), Some(&json!("password")));
        assert_eq!(schema.get("writeOnly"), Some(&json!(true)));
    }
}
