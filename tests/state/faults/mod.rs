//! What goes wrong in a cluster, with real servers and real processes: a server that goes away under load, processes that
//! are killed in the middle of their work, and clocks that jump.

mod clock;
mod killed;
mod under_load;

use std::time::Duration;

use greenroom::database::sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tokio::time::timeout;

/// Far more than all deadlines together: what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection beside the backend's.
async fn connect(url: &str) -> DatabaseConnection {
    let connection = greenroom::database::sea_orm::Database::connect(url).await;
    connection.expect("the server answers")
}

/// The first column of every row, as numbers.
async fn numbers(connection: &impl ConnectionTrait, sql: &str) -> Vec<i64> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await;
    let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let numbers = rows.iter().map(|row| row.try_get_by_index(0));
    numbers
        .collect::<Result<_, _>>()
        .expect("the column is a number")
}

async fn number(connection: &impl ConnectionTrait, sql: &str) -> i64 {
    numbers(connection, sql).await[0]
}

async fn execute(connection: &impl ConnectionTrait, sql: &str) {
    let done = connection.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Waits until a question has this answer: what it is about happens in another process.
async fn until(connection: &impl ConnectionTrait, sql: &str, wanted: i64) {
    let arrived = timeout(PATIENCE, async {
        while number(connection, sql).await != wanted {
            moment(connection).await;
        }
    });
    if arrived.await.is_err() {
        let is = number(connection, sql).await;
        panic!("it stays {is} instead of {wanted}: {sql}");
    }
}

/// Lets a moment pass, by the clock of the server.
async fn moment(connection: &impl ConnectionTrait) {
    execute(connection, "SELECT pg_sleep(0.05)").await;
}
