//! Replicas of one plugin, one of Backstage and one of ours, on one PostgreSQL: each publishes the keys of both.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use greenroom::prelude::*;
use greenroom::services;
use greenroom_test_kit::{StartedTestBackend, TestServer, free_port, test_backend};
use serde_json::{Value, json};

use crate::need;
use crate::node::Node;
use crate::pair::{Side, TRIES};
use crate::probe;

/// The id of the plugin of both.
const PLUGIN: &str = "rust-probe";

features! {
    /// The plugin, and the real services where the kit has fakes.
    real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
        services::root_database,
        services::database,
        probe::plugin,
        keeper,
    ]
}

/// Takes the database, so that the backend has one.
#[backend_plugin(id = "keeper")]
async fn keeper(database: Database) {
    drop(database);
}

async fn rust(database: &Value) -> (StartedTestBackend, Side) {
    let config = json!({ "backend": { "database": database } });
    let backend = test_backend![real].config(config).listen().start().await;
    let address = backend.address().expect("it listens");
    let plugin = PLUGIN;
    (backend, Side { address, plugin })
}

async fn node(project: &Path, database: &Value) -> (Node, Side) {
    for _ in 0..TRIES {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let config = json!({
            "app": { "baseUrl": "http://localhost:3000" },
            "backend": {
                "baseUrl": format!("http://{address}"),
                "listen": { "host": address.ip(), "port": address.port() },
                "database": database,
            },
        });
        if let Some(node) = Node::start(project, &[PLUGIN], &config).await {
            let plugin = PLUGIN;
            return (node, Side { address, plugin });
        }
    }
    panic!("{TRIES} ports were free, and taken when Backstage wanted them");
}

async fn keys(side: Side) -> BTreeSet<String> {
    let answer = side.get("/.backstage/auth/v1/jwks.json", None).await;
    let keys = answer.json();
    let keys = keys["keys"].as_array().expect("there is a list");
    let ids = keys.iter().filter_map(|key| key["kid"].as_str());
    ids.map(str::to_owned).collect()
}

#[tokio::test]
async fn replicas_of_both_sides_share_the_keys_of_a_plugin() {
    let Some(backstage) = need::backstage() else {
        return;
    };
    let Some(server) = TestServer::postgres().await else {
        return;
    };
    for first in ["node", "rust"] {
        let mut database = server.config();
        // Whoever comes first makes the tables.
        database["prefix"] = json!(format!("{first}_first_"));
        let (node, rust) = if first == "node" {
            let node = node(backstage, &database).await;
            node.1.token_for("other").await;
            let rust = rust(&database).await;
            rust.1.token_for("other").await;
            (node, rust)
        } else {
            let rust = rust(&database).await;
            rust.1.token_for("other").await;
            let node = node(backstage, &database).await;
            node.1.token_for("other").await;
            (node, rust)
        };
        let published = keys(node.1).await;
        assert_eq!(published.len(), 2, "{first} first: one key of each");
        assert_eq!(keys(rust.1).await, published, "{first} first");
        assert!(node.0.ended().await.success());
    }
}
