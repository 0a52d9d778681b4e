//! A Backstage and a greenroom backend, each of which finds the plugins of the other by `discovery.endpoints`. They
//! share no secret: what one knows of the other are the keys that it publishes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use greenroom::prelude::*;
use greenroom::services;
use greenroom_test_kit::{StartedTestBackend, TestBackend, free_port, test_backend};
use serde_json::{Value, json};

use crate::client::{Answer, get, raw};
use crate::node::Node;
use crate::probe;

features! {
    /// The services that say who calls, in place of the kit's.
    real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
        probe::plugin,
    ]
}

/// How often another port is tried, when somebody takes the one that was free a moment ago.
pub const TRIES: usize = 5;

/// Whom guests are taken for.
pub const USER: &str = "user:default/jane";
/// In whose name they own things.
pub const OWNERS: [&str; 2] = [USER, "group:default/readers"];

/// Where the auth plugin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    Node,
    Rust,
}

/// One of the two, as a client sees it.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    pub address: SocketAddr,
    /// The id of its plugin.
    pub plugin: &'static str,
}

/// Both, running.
pub struct Pair {
    pub node: Side,
    pub rust: Side,
    pub auth: Auth,
    pub process: Node,
    pub backend: StartedTestBackend,
}

impl Pair {
    pub async fn start(project: &Path, auth: Auth) -> Self {
        for _ in 0..TRIES {
            if let Some(pair) = Self::on_a_free_port(project, auth).await {
                return pair;
            }
        }
        panic!("{TRIES} ports were free, and taken when Backstage wanted them");
    }

    /// Each has to know the address of the other when it starts, so that of Backstage is chosen before.
    async fn on_a_free_port(project: &Path, auth: Auth) -> Option<Self> {
        let node = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let (backend, of_node): (TestBackend, &[&str]) = match auth {
            Auth::Node => (test_backend![real], &["node-probe", "auth"]),
            Auth::Rust => (
                test_backend![real, greenroom_auth_backend::plugin],
                &["node-probe"],
            ),
        };
        let of_rust: &[&str] = match auth {
            Auth::Node => &["rust-probe"],
            Auth::Rust => &["rust-probe", "auth"],
        };
        let backend = backend.config(config(node, of_node)).listen().start().await;
        let rust = backend.address().expect("it listens");

        let mut config = config(rust, of_rust);
        config["backend"] = json!({
            "baseUrl": format!("http://{node}"),
            "listen": { "host": node.ip(), "port": node.port() },
            "database": { "client": "better-sqlite3", "connection": ":memory:" },
        });
        let process = Node::start(project, of_node, &config).await?;
        let side = |address, plugin| Side { address, plugin };
        Some(Self {
            node: side(node, "node-probe"),
            rust: side(rust, "rust-probe"),
            auth,
            process,
            backend,
        })
    }

    /// Each side, with the other one.
    pub fn both(&self) -> [(Side, Side); 2] {
        [(self.node, self.rust), (self.rust, self.node)]
    }

    /// The token of a user who signs in.
    pub async fn sign_in(&self) -> String {
        let side = match self.auth {
            Auth::Node => self.node,
            Auth::Rust => self.rust,
        };
        let answer = get(side.address, "/api/auth/guest/refresh").await;
        let token = &answer.json()["backstageIdentity"]["token"];
        token.as_str().expect("a guest has signed in").to_owned()
    }
}

/// The configuration of either side: these plugins are at the other one.
fn config(other: SocketAddr, plugins: &[&str]) -> Value {
    json!({
        "app": { "baseUrl": "http://localhost:3000" },
        "auth": { "providers": { "guest": {
            "dangerouslyAllowOutsideDevelopment": true,
            "userEntityRef": USER,
            "ownershipEntityRefs": OWNERS,
        }}},
        "discovery": { "endpoints": [{
            "target": format!("http://{other}/api/{{{{pluginId}}}}"),
            "plugins": plugins,
        }]},
    })
}

impl Side {
    /// Asks its plugin, with this token if there is one.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let header = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        self.ask("GET", path, &header.unwrap_or_default()).await
    }

    /// Asks its plugin, with these lines among the headers.
    pub async fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let Self { address, plugin } = self;
        let request = format!(
            "{method} /api/{plugin}{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: 0\r\n{headers}\r\n"
        );
        raw(*address, request.as_bytes()).await
    }

    /// A token of its plugin for a call to another one.
    pub async fn token_for(&self, target: &str) -> String {
        let answer = self.get(&format!("/token/{target}"), None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let token = &answer.json()["token"];
        token.as_str().expect("there is one").to_owned()
    }
}
