//! What serde asks of a list, of an object, and of the variant of an enum.
//!
//! Each hands the whole key of an entry on to the entry. Keys that are to be passed over are left
//! out here, and the others keep their numbers, so that a second mistake of a list is told with its
//! true index.

use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::key::Key;
use super::{At, Cursor, ReadError};
use crate::config::keys::join;
use crate::config::tree::{Echo, Entry, Node, Value};

/// The elements of a list.
pub(super) struct Items<'p, 'de, 's> {
    pub(super) parent: &'p Cursor<'de, 's>,
    pub(super) items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de, '_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        for (index, node) in self.items.by_ref() {
            let key = format!("{}[{index}]", self.parent.key);
            if !self.parent.skip.contains(&key) {
                return self.parent.below(node, key).enter(seed).map(Some);
            }
        }
        Ok(None)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of an object; `value` is the one whose key was read last.
pub(super) struct Entries<'p, 'de, 's> {
    pub(super) parent: &'p Cursor<'de, 's>,
    pub(super) entries: indexmap::map::Iter<'de, String, Entry>,
    pub(super) value: Option<(String, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        for (name, entry) in self.entries.by_ref() {
            let key = join(&self.parent.key, name);
            if self.parent.skip.contains(&key) {
                continue;
            }
            // A key is read like a text that stands at the key's place, so that keys may be
            // numbers.
            let text = Node::shown(Value::Text(name.clone()), entry.key_place.clone());
            let result = seed.deserialize(Key {
                name,
                node: &text,
                key: &key,
            });
            self.value = Some((key.clone(), &entry.node));
            let at = At {
                node: &text,
                key: &key,
                echo: Echo::Shown,
            };
            return result
                .map(Some)
                .map_err(|error| ReadError::Located(error.locate(&at)));
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ReadError> {
        let (key, node) = self.value.take().expect("serde asks for the key first");
        self.parent.below(node, key).enter(seed)
    }
}

/// The name of a variant, with what it carries if it is the key of an object.
pub(super) struct Variant<'p, 'de, 's> {
    pub(super) parent: &'p Cursor<'de, 's>,
    pub(super) name: &'de str,
    pub(super) content: Option<&'de Entry>,
}

impl<'de, 's> EnumAccess<'de> for Variant<'_, 'de, 's> {
    type Error = ReadError;
    type Variant = Content<'de, 's>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, Self::Variant), ReadError> {
        let value = seed.deserialize(StrDeserializer::<ReadError>::new(self.name))?;
        let content = self.content.map(|entry| {
            self.parent
                .below(&entry.node, join(&self.parent.key, self.name))
        });
        Ok((value, Content(content)))
    }
}

/// What a variant of an enum carries.
pub(super) struct Content<'de, 's>(Option<Cursor<'de, 's>>);

impl<'de, 's> Content<'de, 's> {
    fn cursor(self) -> Result<Cursor<'de, 's>, ReadError> {
        self.0
            .ok_or_else(|| ReadError::Wanted("an object with the variant as its key".to_owned()))
    }
}

impl<'de> VariantAccess<'de> for Content<'de, '_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        match self.0 {
            None => Ok(()),
            Some(cursor) => Deserialize::deserialize(cursor),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, ReadError> {
        self.cursor()?.enter(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.cursor()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.cursor()?.deserialize_map(visitor)
    }
}
