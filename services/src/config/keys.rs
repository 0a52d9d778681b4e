//! Keys with dots, which name a value from the root of the configuration: `backend.cors[0].origin`.
//!
//! They are made for messages and for looking up. A part may itself hold a dot, in a map of host
//! names for example; then the key still reads well, but does not find the value.

/// The whole key of `key` below `parent`.
pub(super) fn join(parent: &str, key: &str) -> String {
    if parent.is_empty() {
        key.to_owned()
    } else {
        format!("{parent}.{key}")
    }
}

/// Whether `key` is a value inside of the one at `parent`.
pub(super) fn is_below(key: &str, parent: &str) -> bool {
    key.strip_prefix(parent)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The key of the object or list that holds `key`; empty for a key of the root.
pub(super) fn parent(key: &str) -> &str {
    key.rfind(['.', '[']).map_or("", |at| &key[..at])
}
