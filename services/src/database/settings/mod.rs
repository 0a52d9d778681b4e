//! What the configuration says about databases.
//!
//! The keys are Backstage's, so that its configuration works on its databases. All of `backend.database` holds for
//! every plugin, and again below `backend.database.plugin.<id>` for one of them, which wins. It is read into one
//! [`Plan`] for each plugin; what cannot be honoured is refused here, with its key, and not noticed in production.

mod connection;
mod mysql;
mod names;
mod plan;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;
mod tls;

use std::time::Duration;

use greenroom_di_core::BoxError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub(super) use plan::{Engine, Place, Plan, Server, ServerOptions};

use crate::config::{
    Config, ConfigError, ConfigSchema, FromConfig, HumanDuration, Mistakes, Secret,
};

const BASE: &str = "backend.database";

/// A plugin that no configuration names, to see whether what holds for every plugin can be used.
const ANY_PLUGIN: &str = "any";

/// The settings of all plugins.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    config: Config,
    warnings: Vec<String>,
    holds_clock: Option<Duration>,
}

impl DatabaseSettings {
    /// SQLite in memory, for tests: a paused clock stays while it works, for so long in the real world.
    pub(super) fn in_memory(limit: Duration) -> Self {
        Self {
            config: Config::empty(),
            warnings: Vec::new(),
            holds_clock: Some(limit),
        }
    }

    /// What holds for this plugin.
    pub(super) fn plan(&self, plugin: &str) -> Result<Plan, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let plan = Keys::of(&self.config, Some(plugin)).plan(plugin, &mut mistakes);
        let plan = mistakes.finish(plan)?.map(|plan| match self.holds_clock {
            Some(limit) => plan.holding_clock(limit),
            None => plan,
        });
        plan.ok_or_else(|| {
            let nothing: BoxError = "the configuration of the database is wrong".into();
            vec![nothing]
        })
    }

    /// Keys that are not read, told once at the start.
    pub(super) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How long a replica waits for another one that migrates the same database.
    pub(super) fn migration_lock_timeout(&self) -> Duration {
        let written: Option<HumanDuration> = self
            .config
            .get_optional("backend.database.migrationLockTimeout")
            .ok()
            .flatten();
        written.map_or(Duration::from_secs(300), Into::into)
    }
}

impl FromConfig for DatabaseSettings {
    /// Reads the section `backend.database`; see the service's documentation for the keys.
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let overrides = config.section("backend.database.plugin").keys();
        Keys::of(config, None).plan(ANY_PLUGIN, &mut mistakes);
        for plugin in &overrides {
            // What is wrong for all plugins is told once.
            let mut own = Mistakes::default();
            Keys::of(config, Some(plugin)).plan(plugin, &mut own);
            for mistake in own.finish(()).err().into_iter().flatten() {
                if mistake.to_string().contains("database.plugin.") {
                    mistakes.take::<(), _>(Err(mistake));
                }
            }
        }
        mistakes
            .take(config.get_optional::<HumanDuration>("backend.database.migrationLockTimeout"));
        let mut warnings = Vec::new();
        Keys::of(config, None).unread(BASE, &mut warnings);
        for plugin in &overrides {
            Keys::of(config, None).unread(&format!("{BASE}.plugin.{plugin}"), &mut warnings);
        }
        mistakes.finish(Self {
            config: config.clone(),
            warnings,
            holds_clock: None,
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        for (key, values, description) in [
            (
                "client",
                json!({ "enum": plan::CLIENTS }),
                "The kind of database.",
            ),
            (
                "pluginDivisionMode",
                json!({ "enum": ["database", "schema"] }),
                "Whether each plugin has a database or, on PostgreSQL, a schema of its own.",
            ),
        ] {
            schema.add_schema(&format!("{BASE}.{key}"), values, description);
        }
        for (key, description) in [
            ("prefix", "What the names of databases begin with."),
            ("schemaPrefix", "What the names of schemas begin with."),
            ("role", "The role that connections take on, on PostgreSQL."),
        ] {
            schema.add_key::<String>(&format!("{BASE}.{key}"), description);
        }
        for (key, description) in [
            (
                "ensureExists",
                "Whether a database that is missing is made.",
            ),
            (
                "ensureSchemaExists",
                "Whether a schema that is missing is made.",
            ),
            (
                "skipMigrations",
                "Whether migrations are left to somebody else.",
            ),
        ] {
            schema.add_key::<bool>(&format!("{BASE}.{key}"), description);
        }
        for (key, description) in [
            ("statementTimeout", "How long a statement may take."),
            (
                "migrationLockTimeout",
                "How long one waits for another replica that migrates.",
            ),
        ] {
            schema.add_key::<HumanDuration>(&format!("{BASE}.{key}"), description);
        }
        for key in ["password", "ssl.key"] {
            schema.add_key::<Secret<String>>(
                &format!("{BASE}.connection.{key}"),
                "A secret of the connection.",
            );
        }
    }
}

/// The keys of one plugin: its own win over those of all.
struct Keys<'a> {
    config: &'a Config,
    own: Option<String>,
}

impl<'a> Keys<'a> {
    fn of(config: &'a Config, plugin: Option<&str>) -> Self {
        let own = plugin.map(|id| format!("{BASE}.plugin.{id}"));
        Self {
            config,
            own: own.filter(|key| config.has(key)),
        }
    }

    /// The whole key that holds: the plugin's own if it is written.
    fn key(&self, name: &str) -> String {
        let own = self.own.as_ref().map(|own| format!("{own}.{name}"));
        own.filter(|key| self.config.has(key))
            .unwrap_or_else(|| format!("{BASE}.{name}"))
    }

    fn read<T: DeserializeOwned>(&self, name: &str, mistakes: &mut Mistakes) -> Option<T> {
        mistakes
            .take(self.config.get_optional(&self.key(name)))
            .flatten()
    }

    /// Whether an object stands there, be it an empty one.
    fn is_object(&self, key: &str) -> bool {
        !self.config.section(key).keys().is_empty()
            || self.config.get::<Map<String, Value>>(key).is_ok()
    }

    fn refuse(&self, key: &str, message: impl Into<String>) -> ConfigError {
        self.config.refusal(key, message)
    }

    /// Keys below this one that nothing reads.
    fn unread(&self, base: &str, warnings: &mut Vec<String>) {
        const READ: [&str; 14] = [
            "client",
            "connection",
            "ensureExists",
            "ensureSchemaExists",
            "knexConfig",
            "migrationLockTimeout",
            "plugin",
            "pluginDivisionMode",
            "prefix",
            "role",
            "schemaPrefix",
            "skipMigrations",
            "statementTimeout",
            "useNullAsDefault",
        ];
        let mut look = |key: &str, read: &[&str]| {
            for name in self.config.section(key).keys() {
                if !read.contains(&&*name) {
                    warnings.push(format!("`{key}.{name}` is not read; take it out"));
                }
            }
        };
        look(base, &READ);
        look(
            &format!("{base}.knexConfig"),
            &["acquireConnectionTimeout", "pool", "useNullAsDefault"],
        );
        look(
            &format!("{base}.knexConfig.pool"),
            &["acquireTimeoutMillis", "idleTimeoutMillis", "max", "min"],
        );
        look(&format!("{base}.connection"), &connection::READ);
        look(&format!("{base}.connection.ssl"), &tls::READ);
    }
}
