//! Why a database cannot be had.

use std::sync::Arc;

use greenroom_di_core::Enough;
use sea_orm::{DbErr, RuntimeErr};

/// Why a plugin does not get its database, or cannot migrate it.
///
/// Its messages are for operators: they name the plugin, the server and what to do, and never hold a password. An
/// answer to a request does not repeat them.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The database answered with an error, or could not be reached.
    #[error(transparent)]
    Database(#[from] Arc<DbErr>),
    /// The configuration names no database that can be used.
    #[error("{0}")]
    Configuration(String),
    /// The database is not what it has to be, and nobody here may change that.
    #[error("{0}")]
    Unusable(String),
    /// Another one migrates the same database for longer than the deadline.
    #[error("{0}")]
    Locked(String),
    /// The history in the database is not one that this program can continue.
    #[error("{0}")]
    History(String),
    /// A migration failed.
    #[error("{0}")]
    Migration(String),
    /// A command on migrations has what it wants of this plugin: its start goes no further.
    #[error("nothing went wrong: the command on migrations needs no more of this plugin")]
    CommandDone(#[source] Enough),
}

impl From<DbErr> for DatabaseError {
    fn from(error: DbErr) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
    }
}
