//! Keys that nobody reads, and what was probably meant.
//!
//! A key that is silently ignored is the worst of all mistakes: everything starts, and a protection
//! that was thought to be on is off. This module only compares names; what is known comes from the
//! schema of a section, or from the caller for the top level.

use super::error::UnknownKey;
use super::snapshot::Config;

/// The top-level keys of the configuration that are not in `known`, which holds the framework's own
/// keys and the ids of the plugins.
#[must_use]
pub fn unknown_top_level_keys(config: &Config, known: &[&str]) -> Vec<UnknownKey> {
    config
        .entries()
        .filter(|(name, _)| !known.contains(name))
        .map(|(name, place)| UnknownKey {
            key: name.to_owned(),
            place: place.clone(),
            suggestion: nearest(name, known.iter().copied()),
        })
        .collect()
}

/// The name among `known` that `name` was probably meant to be.
///
/// One slip in three letters is likely a slip, two in four is another word.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let folded = name.to_lowercase().replace(['-', '_'], "");
    known
        .filter(|candidate| *candidate != name)
        .map(|candidate| {
            let other = candidate.to_lowercase().replace(['-', '_'], "");
            (strsim::osa_distance(&folded, &other), candidate)
        })
        .filter(|(distance, candidate)| {
            *distance <= (candidate.chars().count().max(name.chars().count()) / 3).max(1)
                && *distance < name.chars().count()
        })
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let known = ["enabled", "rules", "baseUrl", "client"];
        let nearest = |name| nearest(name, known.into_iter());
        assert_eq!(nearest("enable").as_deref(), Some("enabled"));
        assert_eq!(nearest("baseURL").as_deref(), Some("baseUrl"));
        assert_eq!(nearest("base_url").as_deref(), Some("baseUrl"));
        assert_eq!(nearest("cleint").as_deref(), Some("client"));
        assert_eq!(nearest("password"), None);
        assert_eq!(nearest("x"), None);
    }

    #[test]
    fn the_top_level() {
        let config = Config::from_json(json!({"backend": {}, "catalgo": {}, "zebra": 1}));
        let found = unknown_top_level_keys(&config, &["backend", "catalog"]);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "`catalgo` from the program's own values: this key is not known; did you mean \
                 `catalog`?",
                "`zebra` from the program's own values: this key is not known",
            ]
        );
    }
}
