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
    let Some(code) = error.code() else {
        return false;
    };
    if error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        // The lower byte is the kind, the upper ones are details: busy and locked.
        let kind = code.parse::<u32>().map(|code| code & 0xff);
        return matches!(kind, Ok(5 | 6));
    }
    ["40001", "40P01"].contains(&&*code)
}
