//! Sessions of PostgreSQL whose end the server notices soon.
//!
//! A server that works on a statement does not look whether anybody waits for it. So the migration of a process that was
//! killed would go on for as long as its statement takes, with all the locks that it has, and whoever follows would wait
//! for it. Of a machine that is gone the server would hear nothing for two hours, and keep its lock on migrations.

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

/// Looks every second whether the client is there, and after ten idle seconds whether its machine is. Older servers do
/// not know all of it, and say nothing of what they do not know.
const SETTINGS: &str = "SELECT set_config(s.name, v.value, false) \
    FROM (VALUES ('client_connection_check_interval', '1000'), ('tcp_keepalives_idle', '10'), \
    ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3')) AS v (name, value) \
    JOIN pg_catalog.pg_settings AS s ON s.name = v.name";

/// Asks the server for that. A server whose system cannot do it refuses, and then it is as it was.
pub(super) async fn be_attentive(connection: &mut PgConnection) {
    if let Err(error) = connection.execute(SETTINGS).await {
        tracing::debug!(%error, "The server will not notice at once if this process dies while it migrates");
    }
}
