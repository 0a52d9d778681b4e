//! The kinds of servers, and what each is called where.

use crate::require::Requirement;

/// The word that takes the place of a URL where no server is to be used.
const OFF: &str = "off";

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    MySql,
    Redis,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL or MariaDB",
            Self::Redis => "Redis or Valkey",
        }
    }

    /// The variable that names a server which runs already.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "GREENROOM_TEST_POSTGRES_URL",
            Self::MySql => "GREENROOM_TEST_MYSQL_URL",
            Self::Redis => "GREENROOM_TEST_REDIS_URL",
        }
    }

    /// Whether the variable says that there is to be no server.
    pub(crate) fn is_off(self) -> bool {
        std::env::var(self.variable()).is_ok_and(|value| value == OFF)
    }

    /// What Debian calls the package.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::MySql => "mariadb-server",
            Self::Redis => "redis-server",
        }
    }

    pub(crate) fn requirement(self) -> Requirement {
        match self {
            Self::Postgres => Requirement::Postgres,
            Self::MySql => Requirement::MySql,
            Self::Redis => Requirement::Redis,
        }
    }

    /// The schemes of its URLs; the first is that of ours.
    pub(crate) fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgres", "postgresql"],
            Self::MySql => &["mysql", "mariadb"],
            Self::Redis => &["redis", "rediss"],
        }
    }

    /// The URL of a server of ours.
    pub(crate) fn url(self, user: &str, port: u16, password: &str) -> String {
        let scheme = self.schemes()[0];
        let server = format!("{user}:{password}@127.0.0.1:{port}");
        match self {
            // The databases that are always there.
            Self::Postgres => format!("{scheme}://{server}/postgres"),
            Self::MySql => format!("{scheme}://{server}/mysql"),
            Self::Redis => format!("{scheme}://{server}"),
        }
    }
}
