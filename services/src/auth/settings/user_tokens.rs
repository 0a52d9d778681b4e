//! `auth.keyStore` and its neighbours: by which keys tokens of users are signed, and how long they last.

use std::time::Duration;

use greenroom_di_core::BoxError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::static_keys;
use crate::auth::key_store::StaticKey;
use crate::config::{Config, ConfigSchema, FromConfig, HumanDuration, Mistakes};

const PROVIDER: &str = "auth.keyStore.provider";
const KEYS: &str = "auth.keyStore.static.keys";
const ALGORITHM: &str = "auth.identityTokenAlgorithm";
const LIFETIME: &str = "auth.backstageTokenExpiration";

const HOUR: Duration = Duration::from_secs(60 * 60);
/// What the configuration may ask for; less or more is taken for the nearest of the two, as with the anchor.
const SHORTEST: Duration = Duration::from_secs(10 * 60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of what issues tokens of users.
#[derive(Clone, Debug)]
pub struct UserTokenSettings {
    pub(in crate::auth) keys: UserKeys,
    /// How long a token lasts.
    pub(in crate::auth) lifetime: Duration,
}

/// Where the keys come from.
#[derive(Clone, Debug)]
pub(in crate::auth) enum UserKeys {
    /// The process makes its own, and nobody else knows them.
    Memory,
    /// The process makes its own, and the replicas share the public halves if they have a table.
    Shared {
        /// The configuration says so in so many words.
        is_asked: bool,
    },
    /// The configuration names them; the first signs.
    Static(Vec<StaticKey>),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Provider {
    Database,
    Memory,
    Static,
}

impl FromConfig for UserTokenSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `auth.keyStore.provider` | `database`, which is memory where no database outlives the process; `memory`, `static` | `database` |
    /// | `auth.keyStore.static.keys` | list of `{publicKeyFile, privateKeyFile, keyId, algorithm}` | none |
    /// | `auth.identityTokenAlgorithm` | `ES256` | `ES256` |
    /// | `auth.backstageTokenExpiration` | duration, from 10 minutes to 24 hours | 1 hour |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let provider: Option<Provider> = mistakes.take(config.get_optional(PROVIDER)).flatten();
        let keys = match provider.unwrap_or(Provider::Database) {
            Provider::Database => UserKeys::Shared {
                is_asked: provider.is_some(),
            },
            Provider::Memory => UserKeys::Memory,
            Provider::Static => {
                let mut keys = static_keys::read(config, KEYS, &mut mistakes);
                for key in &mut keys {
                    // The anchor says so of these alone.
                    let usage = Value::from("sig");
                    key.public.insert("use".to_owned(), usage);
                }
                UserKeys::Static(keys)
            }
        };
        let algorithm: Option<String> = mistakes.take(config.get_optional(ALGORITHM)).flatten();
        if algorithm.is_some_and(|algorithm| algorithm != "ES256") {
            let refusal = config.refusal(ALGORITHM, "it must be `ES256`");
            mistakes.take::<(), _>(Err(refusal));
        }
        let lifetime: Option<HumanDuration> =
            mistakes.take(config.get_optional(LIFETIME)).flatten();
        let lifetime = lifetime.map_or(HOUR, Duration::from);
        mistakes.finish(Self {
            keys,
            lifetime: lifetime.clamp(SHORTEST, LONGEST),
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_schema(
            PROVIDER,
            json!({ "enum": ["database", "memory", "static"] }),
            "Where the keys of users' tokens come from.",
        );
        schema.add_schema(
            KEYS,
            static_keys::schema(),
            "The keys of the provider `static`, as PEM files. The first signs, all of them verify.",
        );
        schema.add_schema(
            ALGORITHM,
            json!({ "const": "ES256" }),
            "The algorithm by which users' tokens are signed.",
        );
        schema.add_key::<HumanDuration>(
            LIFETIME,
            "How long a user's token lasts, from 10 minutes to 24 hours.",
        );
    }
}
