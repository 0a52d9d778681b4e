//! A connection to one server or to a cluster, which take the same commands.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value,
};
use tokio::time::timeout;

/// How long a connection may take to be made. Callers do not wait that long; the next ones have it.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Who makes connections.
#[derive(Clone)]
pub(super) enum Connector {
    One(Box<Client>),
    Cluster(Box<ClusterClient>),
}

/// A connection, over which any number of callers send at once; a clone is the same one.
#[derive(Clone)]
pub(in super::super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connector {
    pub(super) async fn connect(&self) -> RedisResult<Connection> {
        match self {
            Self::One(client) => {
                // Callers bring deadlines of their own.
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(CONNECT_TIMEOUT))
                    .set_response_timeout(None);
                let made = client.get_multiplexed_async_connection_with_config(&config);
                made.await.map(Connection::One)
            }
            Self::Cluster(client) => {
                // The time is for each node; who has which keys is asked afterwards, without any.
                let made = timeout(2 * CONNECT_TIMEOUT, client.get_async_connection());
                let made = made.await.map_err(|_| {
                    let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
                    RedisError::from(late)
                })?;
                made.map(Connection::Cluster)
            }
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
