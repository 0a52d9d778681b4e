//! The engines that a plugin's database may be.

use std::fmt;

use crate::servers::Kind;

/// An engine of `core.database`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite in memory: gone with the backend that has it, and seen by no other.
    SqliteMemory,
    /// SQLite in files, one for each plugin.
    SqliteFile,
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

impl Engine {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::SqliteMemory,
        Self::SqliteFile,
        Self::Postgres,
        Self::MySql,
    ];

    /// What runs it, if it is not the program itself.
    pub(crate) fn server(self) -> Option<Kind> {
        match self {
            Self::SqliteMemory | Self::SqliteFile => None,
            Self::Postgres => Some(Kind::Postgres),
            Self::MySql => Some(Kind::MySql),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::SqliteMemory => "SQLite in memory",
            Self::SqliteFile => "SQLite in a file",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
        })
    }
}
