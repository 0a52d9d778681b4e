//! Migrations: run once, by one replica at a time, and never against a history that this program does not know.
//!
//! SeaORM has the migrations and the table that remembers them; the rest is here. Its own loop runs on SQLite without
//! a transaction, takes no lock, and tells of a disagreement only once it has changed something.
//!
//! Deliberately absent: checksums. A migration of SeaORM is code, of which there is nothing to compare.

mod attentive;
mod command;
mod history;
mod lock;
mod run;
mod session;

use std::time::Duration;

use super::settings::Plan;
use super::{DatabaseClient, DatabaseError, Migrations};
use crate::clock::Clock;
use history::History;

pub use command::{MigrationAction, MigrationCommand, MigrationReport, MigrationState};

/// What migrations are run with.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) plan: Plan,
    pub(super) client: DatabaseClient,
    pub(super) clock: Clock,
    /// How long one waits for another replica.
    pub(super) patience: Duration,
}

/// Applies what is not applied yet; gives the names.
pub(super) async fn up(
    context: &Context,
    migrations: Migrations,
) -> Result<Vec<String>, DatabaseError> {
    // Most starts find nothing to do, and need no lock for that.
    let history = History::read(context, migrations).await?;
    if history.pending()?.is_empty() {
        return Ok(Vec::new());
    }
    let session = session::Session::begin(context, migrations).await?;
    let outcome = run::up(context, &session, migrations).await;
    session.end().await;
    outcome
}

/// Undoes the newest ones; gives the names.
pub(super) async fn down(
    context: &Context,
    migrations: Migrations,
    steps: u32,
) -> Result<Vec<String>, DatabaseError> {
    let session = session::Session::begin(context, migrations).await?;
    let outcome = run::down(context, &session, migrations, steps).await;
    session.end().await;
    outcome
}

/// Every migration of the program, with whether it is applied.
pub(super) async fn status(
    context: &Context,
    migrations: Migrations,
) -> Result<History, DatabaseError> {
    History::read(context, migrations).await
}
