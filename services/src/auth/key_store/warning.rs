//! What is said when keys are in memory: what that costs, why it is so, and what to do.

use crate::auth::key_table::NoTable;

/// The words for keys of one use.
#[derive(Clone, Copy, Debug)]
pub(in crate::auth) struct Warning {
    /// Which keys are in memory.
    pub(in crate::auth) keys: &'static str,
    /// What happens after a restart and in other replicas.
    pub(in crate::auth) cost: &'static str,
    /// Where the configuration says that they are to be in the database.
    pub(in crate::auth) key: &'static str,
    /// Whether it says so in so many words.
    pub(in crate::auth) is_asked: bool,
    /// The key that can name keys that stay.
    pub(in crate::auth) names: &'static str,
}

impl Warning {
    /// The warning where there is no table for this reason.
    pub(in crate::auth) fn because(&self, none: NoTable) -> String {
        let Self {
            keys,
            cost,
            key,
            is_asked,
            names,
        } = self;
        let asked = match is_asked {
            true => format!(", though `{key}` is `database`"),
            false => String::new(),
        };
        let remedy = match none {
            NoTable::Offered => "List a plugin that takes the database",
            NoTable::Keeps => "Let `backend.database` name a directory for SQLite or a server",
        };
        format!(
            "{keys} are in memory{asked}: {cost}. The reason: {reason}. {remedy}, or name keys that stay in `{names}`",
            reason = none.reason()
        )
    }

    /// The warning where the configuration wants it so.
    pub(in crate::auth) fn as_configured(&self) -> String {
        let Self {
            keys, cost, key, ..
        } = self;
        format!("{keys} are in memory, as `{key}` says: {cost}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_why_and_what_to_do() {
        let warning = |is_asked| Warning {
            keys: "The keys",
            cost: "they are lost",
            key: "a.type",
            is_asked,
            names: "a.static",
        };
        assert_eq!(
            warning(false).because(NoTable::Offered),
            "The keys are in memory: they are lost. The reason: no plugin of this backend takes the database, so none is \
             opened. List a plugin that takes the database, or name keys that stay in `a.static`"
        );
        let asked = warning(true).because(NoTable::Keeps);
        assert!(asked.contains("though `a.type` is `database`"), "{asked}");
        assert!(asked.contains("`backend.database`"), "{asked}");
    }
}
