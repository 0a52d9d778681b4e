//! Reads values of the tree into the types of a program, through serde.
//!
//! Each level hands its key down, so that an error knows the whole key and the place of the
//! innermost value that was refused; what serde says about the value itself is dropped, because the
//! tree describes it without repeating credentials. Numbers and truth values may be written as
//! text, see `lenient`. An empty text is refused where text is wanted: it is what is left of a
//! variable that somebody forgot.

mod access;
mod error;
mod key;
pub(super) mod lenient;
mod visit;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Visitor};

use super::error::ConfigError;
use super::secret;
use super::tree::{Echo, Node, Value};
use access::{Entries, Items, Variant};
pub(super) use error::{At, ReadError, one_of, with_hint};
use visit::{by, refuse, spelled, visit_number};

/// Reads `node`, whose whole key is `key`, as a `T`, passing over the keys in `skip`.
pub(super) fn read<'de, T: Deserialize<'de>>(
    node: &'de Node,
    key: &str,
    skip: &BTreeSet<String>,
) -> Result<T, ConfigError> {
    let cursor = Cursor {
        node,
        key: key.to_owned(),
        echo: Echo::Shown,
        skip,
    };
    T::deserialize(cursor.clone()).map_err(|error| error.locate(&cursor.at()))
}

/// A value on its way into a type.
#[derive(Clone)]
struct Cursor<'de, 's> {
    node: &'de Node,
    key: String,
    echo: Echo,
    skip: &'s BTreeSet<String>,
}

impl<'de> Cursor<'de, '_> {
    fn at(&self) -> At<'_> {
        At {
            node: self.node,
            key: &self.key,
            echo: self.echo,
        }
    }

    fn below(&self, node: &'de Node, key: String) -> Self {
        Self {
            node,
            key,
            echo: self.echo,
            skip: self.skip,
        }
    }

    /// Reads the value as what `seed` makes of it; an error that says no place is one about this
    /// value.
    fn enter<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, ReadError> {
        seed.deserialize(self.clone())
            .map_err(|error| ReadError::Located(error.locate(&self.at())))
    }

    fn any<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(Items {
                parent: self,
                items: items.iter().enumerate(),
            }),
            Value::Map(map) => visitor.visit_map(Entries {
                parent: self,
                entries: map.iter(),
                value: None,
            }),
        }
    }

    fn text<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) if !text.is_empty() => visitor.visit_borrowed_str(text),
            _ => Err(refuse(&visitor)),
        }
    }

    fn variant<V: Visitor<'de>>(
        &self,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(name) => visitor.visit_enum(Variant {
                parent: self,
                name,
                content: None,
            }),
            Value::Map(map) if map.len() == 1 => {
                let (name, entry) = map.get_index(0).expect("the object has one entry");
                visitor.visit_enum(Variant {
                    parent: self,
                    name,
                    content: Some(entry),
                })
            }
            _ => Err(ReadError::one_of(variants)),
        }
    }
}

macro_rules! integers {
    ($($method:ident)*) => {
        by! { $($method => |cursor, visitor| {
            spelled(lenient::integer(cursor.node), visitor)
        };)* }
    };
}

impl<'de> Deserializer<'de> for Cursor<'de, '_> {
    type Error = ReadError;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    by! {
        deserialize_any => |cursor, visitor| cursor.any(visitor);
        deserialize_f32 => |cursor, visitor| spelled(lenient::number(cursor.node), visitor);
        deserialize_f64 => |cursor, visitor| spelled(lenient::number(cursor.node), visitor);
        deserialize_bool => |cursor, visitor| match lenient::boolean(cursor.node) {
            Some(value) => visitor.visit_bool(value),
            None => Err(refuse(&visitor)),
        };
        deserialize_char => |cursor, visitor| cursor.text(visitor);
        deserialize_str => |cursor, visitor| cursor.text(visitor);
        deserialize_string => |cursor, visitor| cursor.text(visitor);
        deserialize_identifier => |cursor, visitor| cursor.text(visitor);
        deserialize_bytes => |cursor, visitor| cursor.any(visitor);
        deserialize_byte_buf => |cursor, visitor| cursor.any(visitor);
        deserialize_unit => |cursor, visitor| match cursor.node.value {
            Value::Null => cursor.any(visitor),
            _ => Err(refuse(&visitor)),
        };
        deserialize_seq => |cursor, visitor| match cursor.node.value {
            Value::List(_) => cursor.any(visitor),
            _ => Err(refuse(&visitor)),
        };
        deserialize_map => |cursor, visitor| match cursor.node.value {
            Value::Map(_) => cursor.any(visitor),
            _ => Err(refuse(&visitor)),
        };
        deserialize_option => |cursor, visitor| match &cursor.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(cursor.clone()),
        };
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == secret::MARKER {
            self.echo = Echo::Hidden;
        }
        let result = visitor.visit_newtype_struct(self.clone());
        result.map_err(|error| ReadError::Located(error.locate(&self.at())))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let result = self.variant(variants, visitor);
        result.map_err(|error| ReadError::Located(error.locate(&self.at())))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_unit()
    }
}
