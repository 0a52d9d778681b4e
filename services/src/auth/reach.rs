//! Which plugins a restricted caller may reach, and how far in each.
//!
//! A plugin sees its own part as the principal's [`AccessRestrictions`]. The whole stays hidden in the credentials,
//! for the moment when the plugin calls another one in the caller's name.

use super::{AccessRestrictions, AuthError};

/// The access of a restricted caller, plugin by plugin, in the order of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reach(pub(super) Vec<(String, AccessRestrictions)>);

impl Reach {
    fn of(&self, plugin_id: &str) -> Option<&AccessRestrictions> {
        let found = self.0.iter().find(|(plugin, _)| plugin == plugin_id);
        found.map(|(_, restrictions)| restrictions)
    }

    /// What the caller may do in this plugin; one that is not named refuses it.
    pub(super) fn admit(&self, plugin_id: &str) -> Result<AccessRestrictions, AuthError> {
        self.of(plugin_id).cloned().ok_or_else(|| {
            let plugins: Vec<String> = self.0.iter().map(|(id, _)| format!("'{id}'")).collect();
            AuthError::not_allowed(format!(
                "This token's access is restricted to plugin(s) {}",
                plugins.join(", ")
            ))
        })
    }
}

/// Whether a plugin may call another one in the name of a caller with this reach; without one, the caller's
/// restrictions are not known any more. The call does not carry the restrictions along, so there may be none.
pub(super) fn may_delegate(reach: Option<&Reach>, target: &str) -> Result<(), AuthError> {
    let there = reach.map(|reach| reach.of(target));
    match there {
        Some(Some(restrictions)) if *restrictions == AccessRestrictions::default() => Ok(()),
        Some(None) => Err(AuthError::not_allowed(format!(
            "Access to target plugin '{target}' is not included in token's access restrictions"
        ))),
        Some(Some(_)) | None => Err(AuthError::not_allowed(format!(
            "Access to target plugin '{target}' is restricted and cannot be delegated"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_only() -> AccessRestrictions {
        AccessRestrictions {
            permission_names: vec!["catalog.entity.read".to_owned()],
            ..AccessRestrictions::default()
        }
    }

    fn reach() -> Reach {
        Reach(vec![
            ("example".to_owned(), read_only()),
            ("probe".to_owned(), AccessRestrictions::default()),
        ])
    }

    #[test]
    fn a_plugin_admits_whom_its_entry_names() {
        assert_eq!(reach().admit("example").ok(), Some(read_only()));
        let refused = reach().admit("catalog").expect_err("it is not named");
        assert_eq!(
            refused.to_string(),
            "This token's access is restricted to plugin(s) 'example', 'probe'"
        );
    }

    #[test]
    fn only_unrestricted_access_is_delegated() {
        let told = |reach: Option<&Reach>, target: &str| {
            may_delegate(reach, target)
                .err()
                .map(|error| error.to_string())
        };
        let restricted = "Access to target plugin 'example' is restricted and cannot be delegated";
        let elsewhere =
            "Access to target plugin 'catalog' is not included in token's access restrictions";
        assert_eq!(told(Some(&reach()), "probe"), None);
        assert_eq!(told(Some(&reach()), "example").as_deref(), Some(restricted));
        assert_eq!(told(Some(&reach()), "catalog").as_deref(), Some(elsewhere));
        assert_eq!(told(None, "example").as_deref(), Some(restricted));
    }
}
