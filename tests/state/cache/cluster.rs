//! A cluster of Redis of a test's own.

use std::time::Duration;

use greenroom_test_kit::free_port;
use redis::aio::MultiplexedConnection;

use super::RedisServer;

/// How many slots there are in a cluster of Redis.
const SLOTS: u16 = 16_384;

/// How long to wait before the nodes are asked again whether they agree.
const PAUSE: Duration = Duration::from_millis(20);

/// Three nodes, each with a third of the slots.
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// When it returns, all nodes know who has what.
    pub async fn start() -> Self {
        // By default that is the port and 10,000 more, which may be none.
        let buses = [free_port(), free_port(), free_port()];
        let mut nodes = Vec::new();
        for bus in buses {
            let enabled = ["--cluster-enabled", "yes", "--cluster-port"];
            let bus = bus.to_string();
            nodes.push(RedisServer::start_with(&[&enabled[..], &[&*bus]].concat()).await);
        }
        let cluster = Self { nodes };
        let mut connections = cluster.connections().await;
        let share = SLOTS.div_ceil(3);
        for (at, connection) in (0..).zip(&mut connections) {
            let (first, end) = (at * share, SLOTS.min((at + 1) * share));
            let mut slots = redis::cmd("CLUSTER");
            slots.arg("ADDSLOTSRANGE").arg(first).arg(end - 1);
            slots.exec_async(connection).await.expect("they are free");
        }
        for (node, bus) in cluster.nodes.iter().zip(buses).skip(1) {
            let mut meet = redis::cmd("CLUSTER");
            meet.arg("MEET").arg("127.0.0.1").arg(node.port).arg(bus);
            let met = meet.exec_async(&mut connections[0]).await;
            met.expect("a node takes an address");
        }
        for connection in &mut connections {
            while !knows_all(connection).await {
                tokio::time::sleep(PAUSE).await;
            }
        }
        cluster
    }

    /// One node, by which the others are found.
    pub fn url(&self) -> String {
        self.nodes[0].url()
    }

    pub async fn keys_of_each_node(&self) -> Vec<usize> {
        let mut all = Vec::new();
        for connection in &mut self.connections().await {
            let keys = redis::cmd("DBSIZE").query_async(connection).await;
            all.push(keys.expect("a node counts its keys"));
        }
        all
    }

    async fn connections(&self) -> Vec<MultiplexedConnection> {
        let mut connections = Vec::new();
        for node in &self.nodes {
            connections.push(node.bare().await);
        }
        connections
    }
}

async fn knows_all(connection: &mut MultiplexedConnection) -> bool {
    let mut info = redis::cmd("CLUSTER");
    let info = info.arg("INFO").query_async(connection).await;
    let info: String = info.expect("it is a node of a cluster");
    info.contains("cluster_state:ok") && info.contains("cluster_size:3")
}
