//! `backend.auth.pluginKeyStore`: by which keys plugin tokens are signed.

use serde::Deserialize;
use serde_json::json;

use super::static_keys;
use crate::auth::key_store::StaticKey;
use crate::config::{Config, ConfigSchema, Mistakes};

const TYPE: &str = "backend.auth.pluginKeyStore.type";
const KEYS: &str = "backend.auth.pluginKeyStore.static.keys";

/// Where the keys come from.
#[derive(Clone, Debug)]
pub(in crate::auth) enum PluginKeys {
    /// Each process makes its own, and the replicas share the public halves if they have a table.
    Made {
        /// The configuration says so in so many words.
        is_asked: bool,
    },
    /// The configuration names them; the first signs.
    Static(Vec<StaticKey>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Database,
    Static,
}

pub(super) fn read(config: &Config, mistakes: &mut Mistakes) -> PluginKeys {
    let kind: Option<Type> = mistakes.take(config.get_optional(TYPE)).flatten();
    let Type::Static = kind.unwrap_or(Type::Database) else {
        return PluginKeys::Made {
            is_asked: kind.is_some(),
        };
    };
    PluginKeys::Static(static_keys::read(config, KEYS, mistakes))
}

pub(super) fn describe(schema: &mut ConfigSchema) {
    schema.add_schema(
        TYPE,
        json!({ "enum": ["database", "static"] }),
        "Where the keys of plugin tokens come from: made here and shared by the database, or files.",
    );
    schema.add_schema(
        KEYS,
        static_keys::schema(),
        "The keys of the type `static`, as PEM files. The first signs, all of them verify.",
    );
}
