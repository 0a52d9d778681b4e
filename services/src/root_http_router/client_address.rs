//! Who sent a request, behind proxies: `backend.trustProxy`, as Express reads it.
//!
//! A proxy adds the address of its own client to the end of `X-Forwarded-For`. From the connection
//! backwards, each address that is trusted vouches for the one before it; the first that is not is the
//! client. Whatever a client writes into the header itself lies before that and is never reached, unless
//! everybody is trusted.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, Request};
use ipnet::IpNet;
use serde_json::{Value, json};

use crate::config::{Config, ConfigError, ConfigSchema};

const TRUST_PROXY: &str = "backend.trustProxy";

/// The address of the client that sent a request, as far as the proxies before the backend are to be
/// trusted. Handlers find it in the request's extensions; it is absent where no socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Whose `X-Forwarded-For` is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum TrustProxy {
    /// Nobody's.
    #[default]
    Nobody,
    /// Everybody's, so that the first address is the client.
    Everybody,
    /// That of this many proxies in a row.
    Hops(usize),
    /// That of proxies in these networks.
    Networks(Vec<IpNet>),
}

impl TrustProxy {
    /// The client that sent a request, if it came over a socket.
    pub(super) fn client<B>(&self, request: &Request<B>) -> Option<ClientAddress> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        let peer = peer.ip().to_canonical();
        Some(ClientAddress(match self {
            Self::Nobody => peer,
            _ => self.behind(peer, request.headers()),
        }))
    }

    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut lines = headers
            .get_all("x-forwarded-for")
            .iter()
            .collect::<Vec<_>>();
        lines.reverse();
        // Whatever bytes a client has put into the line, the end of it is the proxy's.
        let parts = lines
            .iter()
            .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        let mut client = peer;
        for (hop, part) in parts.enumerate() {
            // Whoever is trusted and passes on what is no address is the last that is known.
            let text = str::from_utf8(part).ok();
            let (true, Some(before)) = (self.trusts(client, hop), text.and_then(address)) else {
                break;
            };
            client = before;
        }
        client
    }

    fn trusts(&self, address: IpAddr, hop: usize) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::Hops(hops) => hop < *hops,
            Self::Networks(networks) => networks.iter().any(|network| network.contains(&address)),
        }
    }
}

/// An address, also with a port as some proxies write it.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    let address = text.parse().ok().or_else(with_port)?;
    Some(IpAddr::to_canonical(&address))
}

/// Reads `backend.trustProxy`.
pub(super) fn read(config: &Config) -> Result<TrustProxy, ConfigError> {
    let refusal = |what: &str| {
        let wanted = "true, a number of proxies, or a list of addresses, networks such as \
                      `10.0.0.0/8`, `loopback`, `linklocal` and `uniquelocal`";
        config.refusal(TRUST_PROXY, format!("{what}: it must be {wanted}"))
    };
    let texts = match config.get_optional::<Value>(TRUST_PROXY)? {
        None | Some(Value::Null | Value::Bool(false)) => return Ok(TrustProxy::Nobody),
        Some(Value::Bool(true)) => return Ok(TrustProxy::Everybody),
        Some(Value::Number(hops)) => {
            let hops = hops.as_u64().and_then(|hops| usize::try_from(hops).ok());
            let hops = hops.ok_or_else(|| refusal("the number is not whole"))?;
            return Ok(TrustProxy::Hops(hops));
        }
        Some(Value::String(text)) => text.split(',').map(str::to_owned).collect(),
        Some(Value::Array(list)) => {
            let texts = list.iter().map(|item| Some(item.as_str()?.to_owned()));
            let texts: Option<Vec<String>> = texts.collect();
            texts.ok_or_else(|| refusal("not every entry is a text"))?
        }
        Some(Value::Object(_)) => return Err(refusal("it is an object")),
    };
    let mut networks = Vec::new();
    for text in texts {
        let read = named(text.trim()).or_else(|| Some(vec![network(text.trim())?]));
        networks
            .extend(read.ok_or_else(|| refusal(&format!("`{}` is none of these", text.trim())))?);
    }
    Ok(TrustProxy::Networks(networks))
}

/// Adds the key to the schema.
pub(super) fn describe(schema: &mut ConfigSchema) {
    schema.add_schema(
        TRUST_PROXY,
        json!({ "anyOf": [
            { "type": "boolean" },
            { "type": "integer", "minimum": 0 },
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ]}),
        "Whose `X-Forwarded-For` is believed: everybody's, that of a number of proxies, or that of \
         addresses and networks.",
    );
}

fn named(name: &str) -> Option<Vec<IpNet>> {
    let networks: &[&str] = match name {
        "loopback" => &["127.0.0.0/8", "::1/128"],
        "linklocal" => &["169.254.0.0/16", "fe80::/10"],
        "uniquelocal" => &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
        _ => return None,
    };
    networks
        .iter()
        .map(|network| network.parse().ok())
        .collect()
}

/// `10.0.0.0/8`, `10.0.0.0/255.0.0.0` or a single address.
fn network(text: &str) -> Option<IpNet> {
    if let Ok(network) = text.parse() {
        return Some(network);
    }
    match text.split_once('/') {
        Some((address, mask)) => {
            IpNet::with_netmask(address.parse().ok()?, mask.parse().ok()?).ok()
        }
        None => Some(IpNet::from(text.parse::<IpAddr>().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(value: &Value) -> Result<TrustProxy, ConfigError> {
        read(&Config::from_json(
            json!({ "backend": { "trustProxy": value } }),
        ))
    }

    fn client(value: &Value, peer: &str, forwarded: &[&str]) -> String {
        let forwarded: Vec<_> = forwarded.iter().map(|line| line.as_bytes()).collect();
        client_of(value, peer, &forwarded)
    }

    fn client_of(value: &Value, peer: &str, forwarded: &[&[u8]]) -> String {
        let mut request = Request::builder();
        for line in forwarded {
            request = request.header("x-forwarded-for", *line);
        }
        let peer: IpAddr = peer.parse().expect("an address");
        let peer = ConnectInfo(SocketAddr::new(peer, 1));
        let request = request.extension(peer).body(()).expect("well formed");
        let trust = trust(value).expect("the value is valid");
        let ClientAddress(client) = trust.client(&request).expect("there is a peer");
        client.to_string()
    }

    #[test]
    fn the_client_is_found_behind_those_who_are_trusted() {
        let chain: &[&str] = &["6.6.6.6, 1.2.3.4", "10.0.0.2"];
        for (value, expected) in [
            (json!(null), "10.0.0.1"),
            (json!(false), "10.0.0.1"),
            (json!(0), "10.0.0.1"),
            (json!(1), "10.0.0.2"),
            (json!(2), "1.2.3.4"),
            (json!(9), "6.6.6.6"),
            (json!(true), "6.6.6.6"),
            (json!("10.0.0.1"), "10.0.0.2"),
            (json!("10.0.0.0/8"), "1.2.3.4"),
            (json!("10.0.0.0/255.0.0.0"), "1.2.3.4"),
            (json!("loopback, uniquelocal"), "1.2.3.4"),
            (json!(["10.0.0.1", "10.0.0.2", "1.2.3.4"]), "6.6.6.6"),
            (json!("loopback"), "10.0.0.1"),
        ] {
            assert_eq!(client(&value, "10.0.0.1", chain), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_address_ends_the_chain() {
        let everybody = json!(true);
        assert_eq!(
            client(&everybody, "10.0.0.1", &["1.2.3.4, unknown, 10.0.0.2"]),
            "10.0.0.2"
        );
        assert_eq!(client(&everybody, "10.0.0.1", &["1.2.3.4:8080"]), "1.2.3.4");
        assert_eq!(client(&everybody, "10.0.0.1", &["[::2]:8080"]), "::2");
        assert_eq!(client(&everybody, "::ffff:10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn bytes_that_are_no_text_take_nothing_of_what_a_proxy_adds() {
        for (value, line, expected) in [
            (json!(1), &b"\xff, 1.2.3.4"[..], "1.2.3.4"),
            (json!(2), b"\xff, 1.2.3.4", "1.2.3.4"),
            (json!(true), b"6.6.6.6, \xff, 1.2.3.4", "1.2.3.4"),
            (
                json!("127.0.0.1"),
                "6.6.6.6, ä, 1.2.3.4".as_bytes(),
                "1.2.3.4",
            ),
            (json!(1), b"1.2.3.4, \xff", "127.0.0.1"),
        ] {
            let found = client_of(&value, "127.0.0.1", &[line]);
            assert_eq!(found, expected, "{value} {line:?}");
        }
        let lines: [&[u8]; 2] = [b"\xff", b"1.2.3.4"];
        assert_eq!(client_of(&json!(9), "127.0.0.1", &lines), "1.2.3.4");
    }

    #[test]
    fn a_request_without_a_socket_has_no_client() {
        let request = Request::builder()
            .header("x-forwarded-for", "1.2.3.4")
            .body(());
        let request = request.expect("well formed");
        assert_eq!(TrustProxy::Everybody.client(&request), None);
    }

    #[test]
    fn wrong_values_are_refused() {
        for value in [
            json!(1.5),
            json!(-1),
            json!("nobody"),
            json!(["10.0.0.0/99"]),
            json!([1]),
            json!({"a": 1}),
        ] {
            let refused = trust(&value).expect_err("the value is wrong").to_string();
            assert!(refused.contains(TRUST_PROXY), "{refused}");
        }
    }
}
