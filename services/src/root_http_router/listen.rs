//! `backend.listen`: where the server listens.
//!
//! Written as a port (`7007`), as text (`7007`, `:7007`, `host:7007`, `[::1]:7007`) or as an object
//! (`{host: …, port: …}`). Port 0 takes a free one. Without a host: `127.0.0.1` in development, so that
//! a laptop offers nothing to its network; all interfaces in production, as the anchor does always.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::config::Mode;

/// What is told of a value that is none of these.
const WANTED: &str =
    "it must be a port from 0 to 65535, `host:port`, `:port` or an object {host, port}";

/// The port unless configured.
const DEFAULT_PORT: u16 = 7007;

/// A configured address; what is absent takes its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listen {
    host: Option<String>,
    port: Option<u16>,
}

/// The hosts to try in turn, and the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The first that can be bound is taken.
    pub(super) hosts: Vec<String>,
    /// 0 for any free port.
    pub(super) port: u16,
}

impl Listen {
    /// Fills in the defaults.
    pub(super) fn target(self, mode: Mode) -> Target {
        let hosts = match (self.host, mode) {
            (Some(host), _) => vec![host],
            (None, Mode::Development) => vec![Ipv4Addr::LOCALHOST.to_string()],
            // `::` takes IPv4 too; a machine without IPv6 refuses it.
            (None, Mode::Production) => {
                vec![
                    Ipv6Addr::UNSPECIFIED.to_string(),
                    Ipv4Addr::UNSPECIFIED.to_string(),
                ]
            }
        };
        Target {
            hosts,
            port: self.port.unwrap_or(DEFAULT_PORT),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.hosts.first().map_or("", String::as_str);
        match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(host)) => write!(formatter, "[{host}]:{}", self.port),
            _ => write!(formatter, "{host}:{}", self.port),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Port(u16),
    Text(String),
    Parts {
        host: Option<String>,
        port: Option<Port>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Text(String),
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer).map_err(|_| D::Error::custom(WANTED))?;
        let listen = match written {
            Written::Port(port) => Some(Self {
                host: None,
                port: Some(port),
            }),
            Written::Text(text) => parse(text.trim()),
            Written::Parts { host, port: None } => Some(Self { host, port: None }),
            Written::Parts {
                host,
                port: Some(Port::Number(port)),
            } => Some(Self {
                host,
                port: Some(port),
            }),
            Written::Parts {
                host,
                port: Some(Port::Text(text)),
            } => text.trim().parse().ok().map(|port| Self {
                host,
                port: Some(port),
            }),
        };
        listen.ok_or_else(|| D::Error::custom(WANTED))
    }
}

fn parse(text: &str) -> Option<Listen> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let host = (!host.is_empty()).then(|| host.to_owned());
    Some(Listen {
        host,
        port: Some(port.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown(value: Value) -> Option<String> {
        let listen: Option<Listen> = serde_json::from_value(value).ok();
        listen.map(|listen| listen.target(Mode::Development).to_string())
    }

    #[test]
    fn every_way_of_writing_it_is_read() {
        let table = [
            (json!(7007), Some("127.0.0.1:7007")),
            (json!("80"), Some("127.0.0.1:80")),
            (json!(":80"), Some("127.0.0.1:80")),
            (json!("0.0.0.0:80"), Some("0.0.0.0:80")),
            (json!("localhost:0"), Some("localhost:0")),
            (json!("[::1]:80"), Some("[::1]:80")),
            (json!({"host": "::1"}), Some("[::1]:7007")),
            (json!({"port": 80}), Some("127.0.0.1:80")),
            (json!({"port": "80"}), Some("127.0.0.1:80")),
            (json!({}), Some("127.0.0.1:7007")),
            (json!("localhost"), None),
            (json!("localhost:99999"), None),
            (json!(99_999), None),
            (json!([]), None),
        ];
        for (written, expected) in table {
            assert_eq!(shown(written.clone()).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn production_listens_everywhere() {
        let target = Listen::default().target(Mode::Production);
        assert_eq!(target.hosts, ["::", "0.0.0.0"]);
        assert_eq!(target.port, 7007);
    }
}
