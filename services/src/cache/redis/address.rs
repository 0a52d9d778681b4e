//! Where a server is and how it is reached, in the forms that the anchor's configuration has: a URL, the object of its
//! Redis library, or the root nodes of a cluster.
//!
//! What is read is kept in plain types: the settings of every listed service are in a program, and those of this one are
//! not to bring the client of Redis along where nobody takes the cache. [`RedisSettings::connector`] makes it.

use std::fmt;

use redis::cluster::ClusterClientBuilder;
use redis::cluster_read_routing::RandomReplicaStrategy;
use redis::{
    Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisResult,
    TlsCertificates,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::connection::{CONNECT_TIMEOUT, Connector};
use crate::config::{Config, ConfigError, ConfigSchema, Mistakes, Secret};

const WANTED: &str = "it must be a URL such as `redis://cache.example.com:6379`, with `rediss://` for TLS, or an \
                      object with `url` or `socket.host`";

const PORT: u16 = 6379;

/// A server or a cluster.
#[derive(Clone)]
pub(in super::super) struct RedisSettings {
    nodes: Vec<Node>,
    cluster: Option<ClusterSettings>,
    tls: Option<Tls>,
    shown: String,
}

/// Certificates in PEM: whom the backend trusts, and by what it is trusted.
#[derive(Clone)]
pub(in super::super) struct Tls {
    authority: Option<String>,
    own: Option<(String, Secret<String>)>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ClusterSettings {
    use_replicas: bool,
    max_command_redirections: Option<u32>,
}

/// A server as the anchor's library describes it. What else stands there is about that library.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Node {
    url: Option<Secret<String>>,
    username: Option<String>,
    password: Option<Secret<String>>,
    database: Option<i64>,
    socket: Socket,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Socket {
    host: Option<String>,
    port: Option<u16>,
    path: Option<String>,
    tls: Option<bool>,
    reject_unauthorized: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NodeOrUrl {
    Url(Secret<String>),
    Node(Box<Node>),
}

impl RedisSettings {
    /// The address for people, without credentials.
    pub(in super::super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Who makes connections; makes none itself.
    pub(super) fn connector(&self) -> RedisResult<Connector> {
        let nodes: Vec<ConnectionInfo> = self
            .nodes
            .iter()
            .map(Node::info)
            .collect::<Result<_, _>>()?;
        let is_tls = nodes.iter().any(is_tls);
        if is_tls {
            // The Redis library takes the provider of the process. Whoever has chosen one keeps it.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let tls = self.tls.as_ref().filter(|_| is_tls).map(Tls::certificates);
        if let Some(cluster) = &self.cluster {
            let mut builder = ClusterClientBuilder::new(nodes).connection_timeout(CONNECT_TIMEOUT);
            if let Some(tls) = tls {
                builder = builder.certs(tls);
            }
            if cluster.use_replicas {
                builder = builder.read_routing_strategy(RandomReplicaStrategy);
            }
            if let Some(most) = cluster.max_command_redirections {
                builder = builder.retries(most);
            }
            return builder.build().map(Box::new).map(Connector::Cluster);
        }
        let node = nodes.into_iter().next();
        let node = node.expect("settings are read with a node or more");
        let client = match tls {
            Some(tls) => Client::build_with_tls(node, tls),
            None => Client::open(node),
        };
        client.map(Box::new).map(Connector::One)
    }
}

impl Tls {
    fn certificates(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: self.own.as_ref().map(|(certificate, key)| ClientTlsConfig {
                client_cert: certificate.clone().into_bytes(),
                client_key: key.expose().clone().into_bytes(),
            }),
            root_cert: self.authority.clone().map(String::into_bytes),
        }
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisSettings")
            .field("address", &self.shown)
            .field("cluster", &self.cluster)
            .finish_non_exhaustive()
    }
}

fn is_tls(node: &ConnectionInfo) -> bool {
    matches!(node.addr(), ConnectionAddr::TcpTls { .. })
}

/// Reads a server from `connection`, or a cluster from the section of that name, where there is one.
pub(in super::super) fn read(
    config: &Config,
    connection: &str,
    cluster: Option<&str>,
    tls: Option<Tls>,
    mistakes: &mut Mistakes,
) -> Option<RedisSettings> {
    let read = read_nodes(config, connection, cluster);
    let (nodes, cluster) = mistakes.take(read)?;
    let shown: Vec<String> = nodes.iter().filter_map(Node::shown).collect();
    Some(RedisSettings {
        nodes,
        cluster,
        tls,
        shown: shown.join(", "),
    })
}

type Nodes = (Vec<Node>, Option<ClusterSettings>);

fn read_nodes(
    config: &Config,
    connection: &str,
    cluster: Option<&str>,
) -> Result<Nodes, ConfigError> {
    let Some(section) = cluster else {
        return read_one(config, connection).map(|node| (vec![node], None));
    };
    let key = format!("{section}.rootNodes");
    let Some(root_nodes) = config.get_optional::<Vec<NodeOrUrl>>(&key)? else {
        return read_one(config, connection).map(|node| (vec![node], None));
    };
    let defaults = config.get_optional::<Node>(&format!("{section}.defaults"))?;
    let defaults = defaults.unwrap_or_default();
    if root_nodes.is_empty() {
        return Err(config.refusal(&key, "it must have one node or more"));
    }
    let nodes = root_nodes.into_iter().map(|node| {
        let node = node.into_node().complete(&defaults);
        let is_address = node.shown().is_some();
        let refusal = || config.refusal(&key, format!("a node is no address: {WANTED}"));
        is_address.then_some(node).ok_or_else(refusal)
    });
    let nodes = nodes.collect::<Result<_, _>>()?;
    let settings = config.get_optional::<ClusterSettings>(section)?;
    Ok((nodes, Some(settings.unwrap_or_default())))
}

fn read_one(config: &Config, key: &str) -> Result<Node, ConfigError> {
    let node = match config.get_optional::<Value>(key)? {
        None | Some(Value::Null) => None,
        Some(Value::Object(_)) => config.get_optional::<Node>(key)?,
        Some(_) => config.get_optional::<Secret<String>>(key)?.map(|url| Node {
            url: Some(url),
            ..Node::default()
        }),
    };
    let node = node.ok_or_else(|| config.refusal(key, format!("it is missing: {WANTED}")))?;
    let is_address = node.shown().is_some();
    is_address
        .then_some(node)
        .ok_or_else(|| config.refusal(key, WANTED))
}

impl NodeOrUrl {
    fn into_node(self) -> Node {
        match self {
            Self::Url(url) => Node {
                url: Some(url),
                ..Node::default()
            },
            Self::Node(node) => *node,
        }
    }
}

impl Node {
    /// With what all nodes of a cluster have, where this one says nothing.
    fn complete(self, defaults: &Self) -> Self {
        let (socket, default) = (self.socket, &defaults.socket);
        Self {
            url: self.url,
            username: self.username.or_else(|| defaults.username.clone()),
            password: self.password.or_else(|| defaults.password.clone()),
            database: self.database.or(defaults.database),
            socket: Socket {
                host: socket.host,
                port: socket.port,
                path: socket.path,
                tls: socket.tls.or(default.tls),
                reject_unauthorized: socket.reject_unauthorized.or(default.reject_unauthorized),
            },
        }
    }

    /// The address for people; `None` of what is none.
    fn shown(&self) -> Option<String> {
        let Some(url) = &self.url else {
            let socket = &self.socket;
            let port = socket.port.unwrap_or(PORT);
            let host = socket.host.as_ref().map(|host| format!("{host}:{port}"));
            return socket.path.clone().or(host);
        };
        let url = Url::parse(url.expose()).ok()?;
        match url.scheme() {
            "redis" | "rediss" | "valkey" | "valkeys" => {
                let host = url.host_str().filter(|host| !host.is_empty())?;
                Some(format!("{host}:{}", url.port().unwrap_or(PORT)))
            }
            "unix" | "redis+unix" | "valkey+unix" => Some(url.path().to_owned()),
            _ => None,
        }
    }

    fn info(&self) -> RedisResult<ConnectionInfo> {
        let socket = &self.socket;
        let mut info = match (&self.url, &socket.path) {
            (Some(url), _) => url.expose().as_str().into_connection_info()?,
            (None, Some(path)) => ConnectionAddr::Unix(path.into()).into_connection_info()?,
            (None, None) => {
                let host = socket.host.clone().unwrap_or_default();
                let address = ConnectionAddr::Tcp(host, socket.port.unwrap_or(PORT));
                address.into_connection_info()?
            }
        };
        if is_tls(&info) || socket.tls == Some(true) {
            info = with_tls(info, socket.reject_unauthorized == Some(false));
        }
        let mut login = info.redis_settings().clone();
        if let Some(username) = &self.username {
            login = login.set_username(username);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password.expose());
        }
        if let Some(database) = self.database {
            login = login.set_db(database);
        }
        Ok(info.set_redis_settings(login))
    }
}

fn with_tls(info: ConnectionInfo, trusts_anybody: bool) -> ConnectionInfo {
    let address = match info.addr().clone() {
        ConnectionAddr::Tcp(host, port) => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: trusts_anybody,
            tls_params: None,
        },
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure,
            tls_params,
        } => ConnectionAddr::TcpTls {
            host,
            port,
            insecure: insecure || trusts_anybody,
            tls_params,
        },
        other => other,
    };
    info.set_addr(address)
}

/// Reads certificates from a section with `ca`, `cert` and `key`.
pub(in super::super) fn read_tls(
    config: &Config,
    section: &str,
    mistakes: &mut Mistakes,
) -> Option<Tls> {
    mistakes.take(tls(config, section)).flatten()
}

fn tls(config: &Config, section: &str) -> Result<Option<Tls>, ConfigError> {
    let key = |name: &str| format!("{section}.{name}");
    let authority: Option<String> = config.get_optional(&key("ca"))?;
    let certificate: Option<String> = config.get_optional(&key("cert"))?;
    let private_key: Option<Secret<String>> = config.get_optional(&key("key"))?;
    for (name, text) in [("ca", &authority), ("cert", &certificate)] {
        if text.as_deref().is_some_and(|text| !is_certificate(text)) {
            let message = "it must be certificates in PEM; `{ $file: authority.pem }` reads a file";
            return Err(config.refusal(&key(name), message));
        }
    }
    let own = match (certificate, private_key) {
        (None, None) => None,
        (Some(certificate), Some(private_key)) => Some((certificate, private_key)),
        _ => return Err(config.refusal(section, "`cert` and `key` go together")),
    };
    let is_there = authority.is_some() || own.is_some();
    Ok(is_there.then_some(Tls { authority, own }))
}

fn is_certificate(text: &str) -> bool {
    let mut certificates = CertificateDer::pem_slice_iter(text.as_bytes()).peekable();
    certificates.peek().is_some() && certificates.all(|certificate| certificate.is_ok())
}

/// Adds the keys of [`read_tls`] to the schema.
pub(in super::super) fn describe_tls(schema: &mut ConfigSchema, section: &str) {
    let key = |name: &str| format!("{section}.{name}");
    schema.add_key::<String>(
        &key("ca"),
        "Authorities in place of the system's, as certificates in PEM.",
    );
    schema.add_key::<String>(
        &key("cert"),
        "The certificate by which the backend shows who it is, in PEM.",
    );
    schema.add_key::<Secret<String>>(&key("key"), "The private key of `cert`, in PEM.");
}

/// Adds the keys of a cluster to the schema.
pub(in super::super) fn describe_cluster(schema: &mut ConfigSchema, section: &str) {
    let key = |name: &str| format!("{section}.{name}");
    schema.add_schema(
        &key("rootNodes"),
        json!({ "type": "array", "items": { "type": ["string", "object"] }, "writeOnly": true }),
        "Servers of the cluster, by which the others are found.",
    );
    schema.add_schema(
        &key("defaults"),
        json!({ "type": "object", "writeOnly": true }),
        "What holds for all servers of the cluster, such as `username` and `password`.",
    );
    schema.add_key::<bool>(&key("useReplicas"), "Whether replicas are read too.");
    schema.add_key::<bool>(
        &key("minimizeConnections"),
        "Nothing: connections are made when they are needed.",
    );
    schema.add_key::<u32>(
        &key("maxCommandRedirections"),
        "How often a command is sent on within the cluster.",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(cache: Value) -> RedisSettings {
        let config = Config::from_json(json!({ "cache": cache }));
        let mut mistakes = Mistakes::default();
        let tls = read_tls(&config, "cache.tls", &mut mistakes);
        let cluster = Some("cache.cluster");
        let read = read(&config, "cache.connection", cluster, tls, &mut mistakes);
        mistakes.finish(()).expect("it is valid");
        read.expect("it is there")
    }

    #[test]
    fn urls_and_objects_say_the_same() {
        for connection in [
            json!("rediss://me:hunter2@cache.test:1/2"),
            json!({ "url": "rediss://me:hunter2@cache.test:1/2" }),
            json!({
                "username": "me",
                "password": "hunter2",
                "database": 2,
                "socket": { "host": "cache.test", "port": 1, "tls": true },
            }),
        ] {
            let settings = read_from(json!({ "connection": connection }));
            assert_eq!(settings.shown(), "cache.test:1");
            let node = settings.nodes[0].info().expect("it is an address");
            assert!(is_tls(&node));
            let login = node.redis_settings();
            assert_eq!(login.username(), Some("me"));
            assert_eq!(login.password(), Some("hunter2"));
            assert_eq!(login.db(), 2);
            assert!(!format!("{settings:?}").contains("hunter2"));
        }
    }

    #[test]
    fn certificates_are_checked_unless_it_is_said() {
        let insecure = |socket: Value| {
            let settings = read_from(json!({ "connection": { "socket": socket } }));
            let node = settings.nodes[0].info().expect("it is an address");
            match node.addr() {
                ConnectionAddr::TcpTls { insecure, .. } => *insecure,
                other => panic!("{other:?} is without TLS"),
            }
        };
        assert!(!insecure(json!({ "host": "a", "tls": true })));
        assert!(insecure(
            json!({ "host": "a", "tls": true, "rejectUnauthorized": false })
        ));
    }

    #[test]
    fn a_cluster_has_nodes_with_what_all_have() {
        let settings = read_from(json!({
            "cluster": {
                "rootNodes": [{ "url": "redis://a:1" }, "redis://b:2", { "socket": { "host": "c" } }],
                "defaults": { "password": "hunter2", "username": "me" },
                "useReplicas": true,
                "maxCommandRedirections": 3,
            },
        }));
        assert_eq!(settings.shown(), "a:1, b:2, c:6379");
        for node in &settings.nodes {
            let node = node.info().expect("it is an address");
            assert_eq!(node.redis_settings().password(), Some("hunter2"));
        }
        assert!(settings.connector().is_ok());
        let cluster = settings.cluster.expect("it is one");
        assert!(cluster.use_replicas);
        assert_eq!(cluster.max_command_redirections, Some(3));
    }
}
