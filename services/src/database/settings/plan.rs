//! All that is decided about the database of one plugin.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::connection::Places;
use super::{BASE, Keys, mysql, names, postgres, sqlite};
use crate::config::{HumanDuration, Mistakes};
use crate::database::standstill::Standstill;

/// The names under which Backstage knows the engines.
pub(super) const CLIENTS: [&str; 6] = [
    "better-sqlite3",
    "sqlite3",
    "sqlite",
    "pg",
    "mysql",
    "mysql2",
];

const IDLE_TIMEOUT: &str = "knexConfig.pool.idleTimeoutMillis";

/// Longer than a program runs.
const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// No test moves its clock so far at once.
const LONGER_THAN_A_TEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The database of one plugin.
#[derive(Clone, Debug)]
pub(in crate::database) struct Plan {
    pub(in crate::database) plugin: String,
    pub(in crate::database) engine: Engine,
    pub(in crate::database) pool: PoolLimits,
    /// How long a statement may take.
    pub(in crate::database) statement_timeout: Option<Duration>,
    pub(in crate::database) skip_migrations: bool,
    /// In a test, a paused clock stays while the database works; how long that may be, by the clock on the wall.
    pub(in crate::database) holds_clock: Option<Duration>,
}

impl Plan {
    /// For a test that holds the clock. It may move it by hours while a statement is under way, which says nothing about how
    /// long that takes: so no deadline goes by that clock.
    pub(super) fn holding_clock(mut self, limit: Duration) -> Self {
        self.holds_clock = Some(limit);
        self.statement_timeout = None;
        self.pool.acquire_timeout = LONGER_THAN_A_TEST;
        self
    }

    /// To be kept while something is under way.
    pub(in crate::database) fn standstill(&self) -> Option<Standstill> {
        self.holds_clock.map(Standstill::begin)
    }
}

#[derive(Clone, Debug)]
pub(in crate::database) enum Engine {
    Sqlite(Place),
    Server(Box<Server>),
}

/// Where an SQLite database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) enum Place {
    Memory,
    File {
        path: PathBuf,
        /// Every plugin would have the same file.
        same_for_all: bool,
    },
}

/// A database on a server.
#[derive(Clone, Debug)]
pub(in crate::database) struct Server {
    /// Without a database.
    pub(in crate::database) options: ServerOptions,
    /// `host:port`, or a socket.
    pub(in crate::database) address: String,
    pub(in crate::database) user: String,
    /// The plugin has a connection of its own in the configuration.
    pub(in crate::database) own_connection: bool,
    pub(in crate::database) database: String,
    /// The schema, where plugins share a database.
    pub(in crate::database) schema: Option<String>,
    pub(in crate::database) role: Option<String>,
    pub(in crate::database) ensure_exists: bool,
    pub(in crate::database) ensure_schema_exists: bool,
    /// For all plugins together, where they share a pool.
    pub(in crate::database) shared: PoolLimits,
}

#[derive(Clone)]
pub(in crate::database) enum ServerOptions {
    Postgres(PgConnectOptions),
    MySql(MySqlConnectOptions),
}

/// Those of sqlx would show the password.
impl fmt::Debug for ServerOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Postgres(_) => "Postgres",
            Self::MySql(_) => "MySql",
        })
    }
}

/// How many connections, and how long one waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::database) struct PoolLimits {
    pub(in crate::database) min: u32,
    pub(in crate::database) max: u32,
    pub(in crate::database) acquire_timeout: Duration,
    pub(in crate::database) idle_timeout: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Division {
    #[default]
    Database,
    Schema,
}

/// The engines, as their families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Sqlite,
    Postgres,
    MySql,
}

impl Keys<'_> {
    /// None after a mistake.
    pub(super) fn plan(&self, plugin: &str, mistakes: &mut Mistakes) -> Option<Plan> {
        let client = self.client(&self.key("client"), mistakes);
        let limits = self.limits(10, mistakes);
        let timeout: Option<HumanDuration> = self.read("statementTimeout", mistakes);
        let timeout = timeout.map_or(Duration::from_secs(60), Duration::from);
        let skip_migrations = self.read("skipMigrations", mistakes).unwrap_or(false);
        let engine = match client? {
            Client::Sqlite => {
                self.no_schemas(mistakes);
                Engine::Sqlite(sqlite::place(self, plugin, mistakes)?)
            }
            Client::Postgres => {
                Engine::Server(Box::new(self.server(plugin, Client::Postgres, mistakes)?))
            }
            Client::MySql => {
                self.no_schemas(mistakes);
                Engine::Server(Box::new(self.server(plugin, Client::MySql, mistakes)?))
            }
        };
        let quota = match &engine {
            // One plugin that needs many connections leaves some to the others.
            Engine::Server(server) if server.schema.is_some() && !self.has_own_limit() => {
                server.shared.max.div_ceil(2)
            }
            _ => limits.max,
        };
        Some(Plan {
            plugin: plugin.to_owned(),
            statement_timeout: Some(timeout).filter(|timeout| !timeout.is_zero()),
            skip_migrations,
            holds_clock: None,
            pool: PoolLimits {
                max: quota,
                ..limits
            },
            engine,
        })
    }

    /// The client at this key; in memory without one.
    pub(super) fn client(&self, key: &str, mistakes: &mut Mistakes) -> Option<Client> {
        let name: Option<String> = mistakes.take(self.config.get_optional(key))?;
        match name.as_deref() {
            None | Some("better-sqlite3" | "sqlite3" | "sqlite") => Some(Client::Sqlite),
            Some("pg") => Some(Client::Postgres),
            Some("mysql" | "mysql2") => Some(Client::MySql),
            Some("embedded-postgres") => {
                let message = "an embedded PostgreSQL is not part of this program: start a server and write `pg`, or use `better-sqlite3`";
                mistakes.take::<(), _>(Err(self.refuse(key, message)));
                None
            }
            Some(_) => {
                let message = format!("it must be one of {}", CLIENTS.join(", "));
                mistakes.take::<(), _>(Err(self.refuse(key, message)));
                None
            }
        }
    }

    fn no_schemas(&self, mistakes: &mut Mistakes) {
        if self.division(mistakes) == Division::Schema {
            let key = self.key("pluginDivisionMode");
            let message =
                "`schema` needs the client `pg`; with this one each plugin has a database";
            mistakes.take::<(), _>(Err(self.refuse(&key, message)));
        }
    }

    fn division(&self, mistakes: &mut Mistakes) -> Division {
        self.read("pluginDivisionMode", mistakes)
            .unwrap_or_default()
    }

    fn server(&self, plugin: &str, client: Client, mistakes: &mut Mistakes) -> Option<Server> {
        let by_schema = client == Client::Postgres && self.division(mistakes) == Division::Schema;
        let settings = self.connection(client, mistakes)?;
        let prefix: Option<String> = self.read("prefix", mistakes);
        let prefix = prefix.unwrap_or_else(|| "backstage_plugin_".to_owned());
        let schema_prefix: Option<String> = self.read("schemaPrefix", mistakes);
        let own = settings.own_database;
        let base = settings.base_database;
        let database = match by_schema {
            true => own.or(base),
            false => Some(own.unwrap_or_else(|| format!("{prefix}{plugin}"))),
        };
        let schema = by_schema.then(|| format!("{}{plugin}", schema_prefix.unwrap_or_default()));
        for (name, what, key) in [
            (database.as_ref(), "database", "prefix"),
            (schema.as_ref(), "schema", "schemaPrefix"),
        ] {
            let name = name.map_or("", String::as_str);
            if let Err(message) = names::check(client, what, name) {
                mistakes.take::<(), _>(Err(self.refuse(&self.key(key), message)));
                return None;
            }
        }
        // As in Backstage: who connects names their database, unless told otherwise.
        let database = database.unwrap_or_else(|| settings.user.clone());
        let application = format!("backstage_plugin_{plugin}");
        let options = match settings.options {
            ServerOptions::Postgres(options) => {
                ServerOptions::Postgres(postgres::named(options, &application))
            }
            options @ ServerOptions::MySql(_) => options,
        };
        Some(Server {
            options,
            address: settings.address,
            user: settings.user,
            own_connection: settings.own,
            database,
            schema,
            role: self.read("role", mistakes),
            ensure_exists: self.read("ensureExists", mistakes).unwrap_or(true),
            ensure_schema_exists: self.read("ensureSchemaExists", mistakes).unwrap_or(false),
            shared: Keys::of(self.config, None).limits(20, mistakes),
        })
    }

    fn connection(
        &self,
        client: Client,
        mistakes: &mut Mistakes,
    ) -> Option<super::connection::Connection> {
        let base = format!("{BASE}.connection");
        let own = self.own.as_ref().map(|own| format!("{own}.connection"));
        let own = own.filter(|key| self.config.has(key));
        // A connection to a server of another kind says nothing about this one.
        let base_client = self.client(&format!("{BASE}.client"), mistakes)?;
        let base = Some(base).filter(|_| base_client == client);
        let places = Places { base, own };
        match client {
            Client::Postgres => postgres::connection(self, places, mistakes),
            Client::MySql => mysql::connection(self, places, mistakes),
            Client::Sqlite => None,
        }
    }

    fn has_own_limit(&self) -> bool {
        let own = self.own.as_ref();
        own.is_some_and(|own| self.config.has(&format!("{own}.knexConfig.pool.max")))
    }

    fn limits(&self, max: u32, mistakes: &mut Mistakes) -> PoolLimits {
        let milliseconds = |key: &str, default: u64, mistakes: &mut Mistakes| {
            let written: Option<u64> = self.read(key, mistakes);
            Duration::from_millis(written.unwrap_or(default))
        };
        let max = self.read("knexConfig.pool.max", mistakes).unwrap_or(max);
        if max == 0 {
            let key = self.key("knexConfig.pool.max");
            mistakes.take::<(), _>(Err(self.refuse(&key, "it must be 1 or more")));
        }
        let min: u32 = self.read("knexConfig.pool.min", mistakes).unwrap_or(0);
        let acquire = milliseconds("knexConfig.acquireConnectionTimeout", 10_000, mistakes);
        let limit = u64::try_from(acquire.as_millis()).unwrap_or(u64::MAX);
        PoolLimits {
            min: min.min(max),
            max,
            acquire_timeout: milliseconds("knexConfig.pool.acquireTimeoutMillis", limit, mistakes),
            idle_timeout: match milliseconds(IDLE_TIMEOUT, 600_000, mistakes) {
                Duration::ZERO => NEVER,
                limit => limit,
            },
        }
    }
}
