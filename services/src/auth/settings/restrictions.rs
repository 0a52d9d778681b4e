//! `accessRestrictions`: what an external caller may do in which plugin.

use serde::Deserialize;

use crate::auth::AccessRestrictions;
use crate::auth::principal::PermissionAttributes;
use crate::auth::reach::Reach;
use crate::config::{Config, Mistakes};

const KEY: &str = "accessRestrictions";

/// What a permission can be about.
const ACTIONS: [&str; 4] = ["create", "read", "update", "delete"];

/// Read for its mistakes: a key that is not known here would be a restriction that does not hold.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    plugin: String,
    permission: Option<Words>,
    permission_attribute: Option<Attribute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    action: Option<Words>,
}

/// A list, or one text with commas or spaces between its words.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    /// Each word once.
    pub(super) fn split(self) -> Vec<String> {
        let texts = match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        };
        let mut words: Vec<String> = Vec::new();
        for word in texts.iter().flat_map(|text| text.split([' ', ','])) {
            if !word.is_empty() && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }
}

/// The restrictions of a caller, none if there are none.
pub(super) fn read(caller: &Config, mistakes: &mut Mistakes) -> Option<Reach> {
    if !caller.has(KEY) {
        return None;
    }
    let entries = mistakes.take(caller.sections(KEY))?;
    if entries.is_empty() {
        let message = "it must name a plugin; leave the key out if the caller may do everything";
        mistakes.take::<(), _>(Err(caller.refusal(KEY, message)));
    }
    let mut reach = Reach::default();
    for entry in entries {
        let read: Option<Entry> = mistakes.take(entry.get(""));
        let Some(Entry {
            plugin,
            permission,
            permission_attribute,
        }) = read
        else {
            continue;
        };
        let mut refuse = |key: &str, message: String| {
            mistakes.take::<(), _>(Err(entry.refusal(key, message)));
        };
        if reach.0.iter().any(|(known, _)| *known == plugin) {
            refuse(
                "plugin",
                format!("the plugin `{plugin}` has an entry before this one"),
            );
        }
        let action = permission_attribute.and_then(|attribute| attribute.action);
        let action = action.map(Words::split).unwrap_or_default();
        if let Some(unknown) = action
            .iter()
            .find(|action| !ACTIONS.contains(&action.as_str()))
        {
            refuse(
                "permissionAttribute.action",
                format!(
                    "`{unknown}` is no action; there are `create`, `read`, `update` and `delete`"
                ),
            );
        }
        let restrictions = AccessRestrictions {
            permission_names: permission.map(Words::split).unwrap_or_default(),
            permission_attributes: PermissionAttributes { action },
        };
        reach.0.push((plugin, restrictions));
    }
    Some(reach)
}
