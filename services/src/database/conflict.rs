//! What went wrong, where a plugin can do something about it.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Whether a row is there already, by its primary key or a unique index.
///
/// ```
/// # use greenroom_services::database::{DatabaseClient, is_conflict};
/// # use greenroom_services::database::sea_orm::{ConnectionTrait, DbErr};
/// async fn add_once(client: &DatabaseClient) -> Result<bool, DbErr> {
///     match client.execute_unprepared("INSERT INTO tea (name) VALUES ('oolong')").await {
///         Ok(_) => Ok(true),
///         Err(error) if is_conflict(&error) => Ok(false),
///         Err(error) => Err(error),
///     }
/// }
/// ```
#[must_use]
pub fn is_conflict(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether a transaction lost to another one and may succeed when it is run again: a serialisation failure, a deadlock,
/// or a database that is busy.
#[must_use]
pub fn is_serialization_failure(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return false;
    };
    let Some(error) = error.as_database_error() else {
        return false;
    };
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // A deadlock, and on MariaDB a row that has changed since the transaction read it. A lock that was waited for in
        // vain is none: the statement is undone, the transaction is not.
        return [1213, 1020].contains(&error.number());
    }
    is_busy(error)
        || error
            .code()
            .is_some_and(|code| ["40001", "40P01"].contains(&&*code))
}

/// Whether SQLite could not do it as somebody else was at work on the file.
pub(super) fn is_busy(error: &dyn sqlx::error::DatabaseError) -> bool {
    let sqlite = error.try_downcast_ref::<sqlx::sqlite::SqliteError>();
    let code = sqlite.and_then(|_| error.code()?.parse::<u32>().ok());
    // The lower byte is the kind, the upper ones are details: busy and locked.
    code.is_some_and(|code| [5, 6].contains(&(code & 0xff)))
}
