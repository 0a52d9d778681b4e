//! JSON whose members stay in the order in which they came.
//!
//! What another backend answered is handed on as it was, and `serde_json::Value` would sort it.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A value of JSON.
#[derive(Clone, Debug)]
pub(super) enum Ordered {
    /// Anything without an order worth keeping.
    Plain(Value),
    /// A list.
    List(Vec<Ordered>),
    /// An object.
    Object(IndexMap<String, Ordered>),
}

impl Ordered {
    /// A member of an object that is an object itself.
    pub(super) fn object(&self, name: &str) -> Option<&IndexMap<String, Ordered>> {
        match self {
            Self::Object(members) => match members.get(name) {
                Some(Self::Object(members)) => Some(members),
                _ => None,
            },
            _ => None,
        }
    }
}

impl<T: Into<Value>> From<T> for Ordered {
    fn from(value: T) -> Self {
        Self::Plain(value.into())
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Ordered;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Value::Null.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Ordered, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Ordered::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
        let mut members = IndexMap::new();
        while let Some((name, value)) = map.next_entry()? {
            members.insert(name, value);
        }
        Ok(Ordered::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_in_the_same_order() {
        let text = r#"{"z":[1,-2,2.5,"x",true,null,{"b":1,"a":{}}],"m":{"name":"N","message":"M"},"a":[]}"#;
        let read: Ordered = serde_json::from_str(text).expect("it is JSON");
        let written = serde_json::to_string(&read).expect("it can be written");
        assert_eq!(written, text);
    }
}
