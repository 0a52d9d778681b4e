//! Where a plugin's SQLite database is.

use std::path::PathBuf;

use super::plan::{Client, Place};
use super::{BASE, Keys};
use crate::config::Mistakes;

const MEMORY: &str = ":memory:";

/// Reads `connection`: a file, `:memory:`, or an object with `filename` or `directory`.
pub(super) fn place(keys: &Keys<'_>, plugin: &str, mistakes: &mut Mistakes) -> Option<Place> {
    let own = keys.own.as_ref().map(|own| format!("{own}.connection"));
    let own = own.filter(|key| keys.config.has(key));
    let base = format!("{BASE}.connection");
    let base_is_sqlite = keys.client(&format!("{BASE}.client"), mistakes)? == Client::Sqlite
        && keys.config.has(&base);
    let (key, same_for_all) = match own {
        Some(key) => (key, false),
        None if base_is_sqlite => (base, true),
        None => return Some(Place::Memory),
    };
    if !keys.is_object(&key) {
        let file: String = mistakes.take(keys.config.get_optional(&key))??;
        return Some(file_or_memory(keys, &file, None, same_for_all));
    }
    let directory: Option<String> = mistakes
        .take(keys.config.get_optional(&format!("{key}.directory")))
        .flatten();
    let file: Option<String> = mistakes
        .take(keys.config.get_optional(&format!("{key}.filename")))
        .flatten();
    match (file, directory) {
        (Some(file), directory) => Some(file_or_memory(keys, &file, directory, same_for_all)),
        (None, Some(directory)) => {
            let file = format!("{plugin}.sqlite");
            Some(file_or_memory(keys, &file, Some(directory), false))
        }
        (None, None) => {
            let message =
                "it must be `:memory:`, a file, or an object with `directory` or `filename`";
            mistakes.take::<(), _>(Err(keys.refuse(&key, message)));
            None
        }
    }
}

fn file_or_memory(
    keys: &Keys<'_>,
    file: &str,
    directory: Option<String>,
    same_for_all: bool,
) -> Place {
    let file = file.strip_prefix("sqlite:").unwrap_or(file);
    let file = file.strip_prefix("//").unwrap_or(file);
    if file == MEMORY {
        return Place::Memory;
    }
    let mut path = PathBuf::from(keys.config.directory());
    path.extend(directory);
    path.push(file);
    Place::File { path, same_for_all }
}
