//! Why a database cannot be had.

use sea_orm::DbErr;

/// Why a plugin does not get its database, or cannot migrate it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The database answered with an error, or could not be reached.
    #[error(transparent)]
    Database(#[from] DbErr),
}
