//! Why something cannot be done with a queue.

use sea_orm::DbErr;

use super::JobId;
use crate::database::DatabaseError;

/// Why something cannot be done with a queue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The database cannot be had, or answered with an error.
    #[error("the database of the queue: {0}")]
    Database(#[from] DatabaseError),
    /// What a job is about cannot be written as JSON.
    #[error("a job of queue `{queue}` cannot be written as JSON")]
    Payload {
        /// The queue.
        queue: String,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A queue cannot have this name.
    #[error(
        "`{queue}` is no name for a queue: it is made of lower-case letters, digits and `-`, begins with a letter, and has 64 letters at most"
    )]
    Name {
        /// The name as given.
        queue: String,
    },
    /// The options contradict themselves.
    #[error("the options of queue `{queue}`: {message}")]
    Options {
        /// The queue.
        queue: String,
        /// What is wrong.
        message: &'static str,
    },
    /// The plugin has a queue of this name.
    #[error("the queue `{queue}` is declared already: clone its handle")]
    Declared {
        /// The queue.
        queue: String,
    },
    /// The plugin has no queue of this name.
    #[error("the queue `{queue}` is not declared")]
    Undeclared {
        /// The queue.
        queue: String,
    },
    /// Somebody works on the queue already.
    #[error("the queue `{queue}` has somebody who works on it already")]
    Worked {
        /// The queue.
        queue: String,
    },
    /// The idempotency key of a job is empty, or longer than 255 bytes.
    #[error("the idempotency key of a job of queue `{queue}` has to have 1 to 255 bytes")]
    Key {
        /// The queue.
        queue: String,
    },
    /// The job is no longer this handler's: its time was over, and another may have it.
    #[error("job {job} of queue `{queue}` has been taken over by another worker")]
    Lost {
        /// The queue.
        queue: String,
        /// The job.
        job: JobId,
    },
}

impl From<DbErr> for QueueError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}
