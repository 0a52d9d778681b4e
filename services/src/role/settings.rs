//! How the role is read: a word, and anything else is a mistake. A replica that is misspelt must not do everything.

use greenroom_di_core::BoxError;
use serde_json::json;

use super::Role;
use crate::config::{Config, ConfigSchema, FromConfig};

impl FromConfig for Role {
    /// Reads `backend.role`: `web` or `worker`. Without it the replica does both.
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let word: Option<String> = config
            .get_optional(Self::KEY)
            .map_err(|mistake| vec![mistake.into()])?;
        match word.as_deref() {
            None => Ok(Self::Both),
            Some("web") => Ok(Self::Web),
            Some("worker") => Ok(Self::Worker),
            Some(_) => {
                let message =
                    "it must be `web` or `worker`, or be left out for a replica that does both";
                Err(vec![config.refusal(Self::KEY, message).into()])
            }
        }
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_schema(
            Self::KEY,
            json!({ "enum": ["web", "worker"] }),
            "Whether this replica only answers requests or only works in the background. Without it, it does both.",
        );
    }
}
