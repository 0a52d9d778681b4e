//! Which errors are a database's.
//!
//! Its words name tables, columns and values, in development as well as in production. The model hides them in both, and
//! so do we.

use std::error::Error;
use std::sync::Arc;

use greenroom_di_core::error_chain;
use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Whether this error, or one behind it, comes from a database or its driver.
pub(super) fn is_of_a_database(error: &(dyn Error + 'static)) -> bool {
    error_chain(error).any(|error| {
        error.is::<DbErr>()
            || error.is::<Arc<DbErr>>()
            || error.is::<RuntimeErr>()
            || error.is::<SqlxError>()
            || error.is::<Arc<SqlxError>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::DatabaseError;

    #[derive(Debug, thiserror::Error)]
    #[error("the list could not be read")]
    struct Outer<E: Error + 'static>(#[source] E);

    #[test]
    fn a_databases_error_is_known_wherever_it_stands() {
        let driver = || SqlxError::PoolTimedOut;
        let query = || DbErr::Query(RuntimeErr::SqlxError(Arc::new(driver())));
        assert!(is_of_a_database(&driver()));
        assert!(is_of_a_database(&query()));
        assert!(is_of_a_database(&Outer(query())));
        assert!(is_of_a_database(&Outer(driver())));
        assert!(is_of_a_database(&DatabaseError::from(query())));
        assert!(is_of_a_database(&Outer(DatabaseError::from(driver()))));
    }

    #[test]
    fn others_are_not() {
        assert!(!is_of_a_database(&Outer(std::io::Error::other("no disk"))));
    }
}
