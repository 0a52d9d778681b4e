//! Reads the key of an object as the type that a map has for its keys.
//!
//! A key is always text; a map from numbers or truth values takes what its keys spell.

use serde::de::value::StrDeserializer;
use serde::de::{Deserializer, Visitor};

use super::visit::{by, refuse, spelled};
use super::{At, ReadError, lenient};
use crate::config::tree::{Echo, Node};

/// A key of an object.
pub(super) struct Key<'a, 'de> {
    pub(super) name: &'de str,
    pub(super) node: &'a Node,
    pub(super) key: &'a str,
}

impl Key<'_, '_> {
    fn at(&self) -> At<'_> {
        At {
            node: self.node,
            key: self.key,
            echo: Echo::Shown,
        }
    }
}

macro_rules! key_integers {
    ($($method:ident)*) => {
        by! { $($method => |key, visitor| {
            spelled(lenient::integer(key.node), visitor)
        };)* }
    };
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = ReadError;

    key_integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    by! {
        deserialize_any => |key, visitor| visitor.visit_borrowed_str(key.name);
        deserialize_bool => |key, visitor| match lenient::boolean(key.node) {
            Some(value) => visitor.visit_bool(value),
            None => Err(refuse(&visitor)),
        };
        deserialize_option => |key, visitor| visitor.visit_some(Key { ..*key });
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let result = visitor.visit_enum(StrDeserializer::<ReadError>::new(self.name));
        result.map_err(|error| ReadError::Located(error.locate(&self.at())))
    }

    serde::forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}
