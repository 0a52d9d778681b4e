//! What the configuration says about the start, as the policy that the container reads.
//!
//! The two sections are read as types of their own, and strictly: a key that is misspelt here would turn a
//! decision about failures into its opposite, and nobody would notice before the first failure.

use std::collections::BTreeMap;

use greenroom_di_core::BoxError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{OnFailure, PluginPolicy, StartupPolicy};
use crate::config::{Config, ConfigSchema, FromConfig, Mistakes, check_section, read_section};

const STARTUP: &str = "backend.startup";

/// The keys that have a plugin's id for a name.
const FEATURES: &str = "backend.features";

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Startup {
    default: Defaults,
    plugins: BTreeMap<String, Plugin>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
struct Defaults {
    on_plugin_boot_failure: Reaction,
    on_plugin_module_boot_failure: Reaction,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
struct Plugin {
    on_plugin_boot_failure: Option<Reaction>,
    modules: BTreeMap<String, Module>,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
struct Module {
    on_plugin_module_boot_failure: Option<Reaction>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Reaction {
    #[default]
    Abort,
    Continue,
}

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Feature {
    enabled: Option<bool>,
}

impl From<Reaction> for OnFailure {
    fn from(reaction: Reaction) -> Self {
        match reaction {
            Reaction::Abort => Self::Abort,
            Reaction::Continue => Self::Continue,
        }
    }
}

impl FromConfig for StartupPolicy {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.startup.default.onPluginBootFailure` | `abort` or `continue` | `abort` |
    /// | `backend.startup.default.onPluginModuleBootFailure` | likewise | `abort` |
    /// | `backend.startup.plugins.<id>.onPluginBootFailure` | likewise | that of `default` |
    /// | `backend.startup.plugins.<id>.modules.<module>.onPluginModuleBootFailure` | likewise | that of `default` |
    /// | `backend.features.<id>.enabled` | boolean | true |
    ///
    /// Any other key in these two sections is a mistake.
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let startup: Startup = section(config, STARTUP, &mut mistakes);
        let features: BTreeMap<String, Feature> = section(config, FEATURES, &mut mistakes);
        mistakes.finish(policy(startup, features))
    }

    fn describe(schema: &mut ConfigSchema) {
        schema.add_key::<Startup>(STARTUP, "What a failure during the start comes to.");
        schema.add_key::<BTreeMap<String, Feature>>(FEATURES, "Which plugins take part, by id.");
    }
}

/// Reads a section with all its mistakes, unknown keys among them; with a mistake it is an empty one.
fn section<T>(config: &Config, key: &str, mistakes: &mut Mistakes) -> T
where
    T: Clone + Default + DeserializeOwned + JsonSchema,
{
    let wrong = check_section::<T>(config, key).into_strict();
    if wrong.is_empty() {
        let section = mistakes.take(read_section::<T>(config, key));
        return section.map_or_else(T::default, |section| (*section).clone());
    }
    for mistake in wrong {
        mistakes.take::<(), _>(Err(mistake));
    }
    T::default()
}

fn policy(startup: Startup, features: BTreeMap<String, Feature>) -> StartupPolicy {
    let Startup { default, plugins } = startup;
    let mut policy = StartupPolicy {
        on_plugin_failure: default.on_plugin_boot_failure.into(),
        on_module_failure: default.on_plugin_module_boot_failure.into(),
        plugins: BTreeMap::new(),
    };
    for (id, plugin) in plugins {
        let modules = plugin.modules.into_iter();
        let modules = modules.filter_map(|(id, module)| {
            let reaction = module.on_plugin_module_boot_failure?;
            Some((id, reaction.into()))
        });
        let written = PluginPolicy {
            disabled: false,
            on_failure: plugin.on_plugin_boot_failure.map(Into::into),
            modules: modules.collect(),
        };
        policy.plugins.insert(id, written);
    }
    for (id, feature) in features {
        let disabled = feature.enabled == Some(false);
        policy.plugins.entry(id).or_default().disabled = disabled;
    }
    policy
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(backend: &Value) -> Result<StartupPolicy, Vec<String>> {
        let config = Config::from_json(json!({ "backend": backend }));
        StartupPolicy::from_config(&config)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    fn right(backend: &Value) -> StartupPolicy {
        read(backend).expect("the configuration is right")
    }

    #[test]
    fn nothing_configured_is_the_strict_policy() {
        for backend in [
            json!({}),
            json!({ "startup": null, "features": null }),
            json!({ "startup": {}, "features": {} }),
            json!({ "startup": { "default": {}, "plugins": {} } }),
        ] {
            assert_eq!(right(&backend), StartupPolicy::default(), "{backend}");
        }
    }

    #[test]
    fn defaults_hold_for_who_says_nothing() {
        let policy = right(&json!({ "startup": {
            "default": {
                "onPluginBootFailure": "continue",
                "onPluginModuleBootFailure": "abort",
            },
            "plugins": { "auth": { "onPluginBootFailure": "abort" }, "silent": {} },
        } }));
        assert_eq!(policy.for_plugin("auth"), OnFailure::Abort);
        assert_eq!(policy.for_plugin("silent"), OnFailure::Continue);
        assert_eq!(policy.for_plugin("other"), OnFailure::Continue);
        assert_eq!(policy.for_module("auth", "github"), OnFailure::Abort);
    }

    #[test]
    fn plugins_and_modules_have_their_own_word() {
        let policy = right(&json!({ "startup": {
            "default": { "onPluginModuleBootFailure": "continue" },
            "plugins": { "catalog": { "modules": {
                "github": { "onPluginModuleBootFailure": "abort" },
                "silent": {},
            } } },
        } }));
        assert_eq!(policy.for_plugin("catalog"), OnFailure::Abort);
        assert_eq!(policy.for_module("catalog", "github"), OnFailure::Abort);
        assert_eq!(policy.for_module("catalog", "silent"), OnFailure::Continue);
        assert_eq!(policy.for_module("search", "github"), OnFailure::Continue);
    }

    #[test]
    fn a_plugin_is_on_unless_switched_off_in_any_spelling() {
        for (written, enabled) in [
            (json!({}), true),
            (json!({ "enabled": true }), true),
            (json!({ "enabled": null }), true),
            (json!({ "enabled": "yes" }), true),
            (json!({ "enabled": "on" }), true),
            (json!({ "enabled": false }), false),
            (json!({ "enabled": "no" }), false),
            (json!({ "enabled": "Off" }), false),
            (json!({ "enabled": 0 }), false),
        ] {
            let policy = right(&json!({ "features": { "catalog": written } }));
            assert_eq!(policy.is_enabled("catalog"), enabled, "{written}");
            assert!(policy.is_enabled("search"), "{written}");
        }
    }

    #[test]
    fn the_two_sections_meet_in_one_plugin() {
        let policy = right(&json!({
            "features": { "catalog": { "enabled": false } },
            "startup": { "plugins": { "catalog": { "onPluginBootFailure": "continue" } } },
        }));
        assert!(!policy.is_enabled("catalog"));
        assert_eq!(policy.for_plugin("catalog"), OnFailure::Continue);
    }

    #[test]
    fn all_mistakes_of_both_sections_are_told_at_once() {
        let mistakes = read(&json!({
            "startup": {
                "default": { "onPluginBootFailure": "ignore" },
                "plugins": {
                    "auth": { "onPluginBootFailure": true },
                    "catalog": { "modules": { "github": { "onPluginModuleBootFailure": "" } } },
                    "search": "continue",
                },
            },
            "features": { "catalog": { "enabled": "perhaps" }, "search": false },
        }));
        let place = "from the program's own values";
        let wanted = "wanted one of `abort`, `continue`";
        assert_eq!(
            mistakes.expect_err("six are wrong"),
            [
                format!(
                    "`backend.startup.default.onPluginBootFailure` {place}: found the text \"ignore\", {wanted}"
                ),
                format!(
                    "`backend.startup.plugins.auth.onPluginBootFailure` {place}: found the truth value true, {wanted}"
                ),
                format!(
                    "`backend.startup.plugins.catalog.modules.github.onPluginModuleBootFailure` {place}: \
                     found an empty text, {wanted}"
                ),
                format!(
                    "`backend.startup.plugins.search` {place}: found the text \"continue\", wanted an object"
                ),
                format!(
                    "`backend.features.catalog.enabled` {place}: found the text \"perhaps\", wanted true or \
                     false"
                ),
                format!(
                    "`backend.features.search` {place}: found the truth value false, wanted an object"
                ),
            ]
        );
    }

    #[test]
    fn a_key_that_is_not_known_is_a_mistake_with_what_was_meant() {
        let mistakes = read(&json!({
            "startup": {
                "defaults": {},
                "default": { "onPluginModulesBootFailure": "continue" },
                "plugins": { "catalog": { "onPluginBootfailure": "continue" } },
            },
            "features": { "catalog": { "enabeld": false } },
        }));
        let mut mistakes = mistakes.expect_err("four keys are unknown");
        mistakes.sort();
        let told = |key: &str, meant: &str| {
            format!(
                "`backend.{key}` from the program's own values: this key is not known; did you mean \
                 `{meant}`?"
            )
        };
        assert_eq!(
            mistakes,
            [
                told("features.catalog.enabeld", "enabled"),
                told(
                    "startup.default.onPluginModulesBootFailure",
                    "onPluginModuleBootFailure"
                ),
                told("startup.defaults", "default"),
                told(
                    "startup.plugins.catalog.onPluginBootfailure",
                    "onPluginBootFailure"
                ),
            ]
        );
    }

    #[test]
    fn a_section_of_another_kind_is_a_mistake() {
        let mistakes = read(&json!({ "startup": "continue", "features": ["catalog"] }));
        assert_eq!(mistakes.expect_err("both are wrong").len(), 2);
    }
}
