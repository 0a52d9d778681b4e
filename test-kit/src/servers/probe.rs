//! Whether a server answers.

use std::time::Duration;

use sqlx::{Connection as _, MySqlConnection, PgConnection};
use tokio::time::timeout;

use super::Kind;

/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connects and asks for nothing. The error has no password in it.
pub(crate) async fn probe(kind: Kind, url: &str) -> Result<(), String> {
    let tried = timeout(PATIENCE, async {
        match kind {
            Kind::Postgres => {
                let connection = PgConnection::connect(url).await;
                close(connection).await
            }
            Kind::MySql => {
                let connection = MySqlConnection::connect(url).await;
                close(connection).await
            }
            Kind::Redis => ping(url).await.map_err(|error| error.to_string()),
        }
    });
    match tried.await {
        Ok(answered) => answered,
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

async fn close<C: sqlx::Connection>(connection: Result<C, sqlx::Error>) -> Result<(), String> {
    let connection = connection.map_err(|error| error.to_string())?;
    connection.close().await.map_err(|error| error.to_string())
}

async fn ping(url: &str) -> redis::RedisResult<()> {
    let client = redis::Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    redis::cmd("PING").exec_async(&mut connection).await
}
