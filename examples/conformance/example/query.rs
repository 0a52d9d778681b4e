//! A query with lists and objects in it, as clients of Express write it: `c[]=x&d[e]=f`, and `a=1&a=2` is a list.
//! Nothing here is decoded that cannot be: `%zz` stays as it is.

use indexmap::IndexMap;

use super::any::Any;

/// Reads a query, one level deep.
pub fn read(query: &str) -> Any {
    let mut fields: IndexMap<String, Any> = IndexMap::new();
    for (name, value) in pairs(query) {
        let value = Any::Text(value);
        match bracketed(&name) {
            Some((name, "")) => add(&mut fields, name, value, Any::List(Vec::new())),
            Some((name, inner)) => {
                let object = fields.entry(name.to_owned()).or_insert_with(Any::empty);
                if let Any::Object(object) = object {
                    object.insert(inner.to_owned(), value);
                }
            }
            None => set(&mut fields, name, value),
        }
    }
    Any::Object(fields)
}

/// Reads a form: as a query, but brackets mean nothing.
pub fn read_form(form: &str) -> Any {
    let mut fields = IndexMap::new();
    for (name, value) in pairs(form) {
        set(&mut fields, name, Any::Text(value));
    }
    Any::Object(fields)
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

/// Sets a field, or makes a list of it when it is there already.
fn set(fields: &mut IndexMap<String, Any>, name: String, value: Any) {
    match fields.get(&name).cloned() {
        Some(first) => add(fields, &name, value, first),
        None => drop(fields.insert(name, value)),
    }
}

/// `name[inner]`, taken apart.
fn bracketed(name: &str) -> Option<(&str, &str)> {
    let (name, inner) = name.strip_suffix(']')?.split_once('[')?;
    Some((name, inner))
}

/// Adds to the list of this name, which begins with `start`.
fn add(fields: &mut IndexMap<String, Any>, name: &str, value: Any, start: Any) {
    let list = fields.entry(name.to_owned()).or_insert(start);
    match list {
        Any::List(values) => values.push(value),
        single => *single = Any::List(vec![single.clone(), value]),
    }
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    let mut bytes = Vec::with_capacity(spaced.len());
    let mut rest = spaced.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        // `from_str_radix` takes a sign, which is no digit.
        let hex = hex.filter(|hex| !hex.starts_with('+'));
        match hex.map(|hex| u8::from_str_radix(hex, 16)) {
            Some(Ok(decoded)) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None if byte != b'%' => {
                bytes.push(byte);
                rest = after;
            }
            // One mistake leaves the whole as it is.
            _ => return spaced,
        }
    }
    String::from_utf8(bytes).unwrap_or(spaced)
}
