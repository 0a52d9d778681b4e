//! `backend.https`: the server's certificate, and with it HTTP/2 for clients that offer it.
//!
//! `true` makes a certificate that nobody vouches for, for the host of `backend.baseUrl` and for this
//! machine. It is made anew at each start and kept in memory alone, so that no key lies about.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use url::Url;

use crate::config::{Config, ConfigError, ConfigSchema, Mistakes, Secret};

const HTTPS: &str = "backend.https";
const CERTIFICATE: &str = "backend.https.certificate.cert";
const KEY: &str = "backend.https.certificate.key";

/// The protocol by which a client asks for HTTP/2.
pub(super) const HTTP2: &[u8] = b"h2";

/// Reads it; none if the server speaks plain HTTP.
pub(super) fn read(config: &Config, mistakes: &mut Mistakes) -> Option<Arc<ServerConfig>> {
    match mistakes
        .take(config.get_optional::<Value>(HTTPS))
        .flatten()?
    {
        Value::Bool(false) | Value::Null => None,
        Value::Bool(true) => {
            let server = self_signed(config).map_err(|message| config.refusal(HTTPS, message));
            mistakes.take(server)
        }
        Value::Object(_) => {
            let (certificate, key) = (certificate(config), key(config));
            let (certificate, key) = (mistakes.take(certificate), mistakes.take(key));
            let server = server(certificate?, key?).map_err(|message| {
                config.refusal(
                    CERTIFICATE,
                    format!("it does not go with the key: {message}"),
                )
            });
            mistakes.take(server)
        }
        _ => {
            let refusal =
                "it must be true, or an object with `certificate.cert` and `certificate.key`";
            mistakes.take(Err(config.refusal(HTTPS, refusal)))
        }
    }
}

/// Adds its keys to the schema.
pub(super) fn describe(schema: &mut ConfigSchema) {
    schema.add_schema(
        HTTPS,
        json!({ "anyOf": [
            { "type": "boolean" },
            { "type": "object", "properties": { "certificate": {
                "type": "object",
                "properties": {
                    "cert": { "type": "string" },
                    "key": { "type": "string", "format": "password", "writeOnly": true },
                },
            }}},
        ]}),
        "The certificate of the server and its key, in PEM; `true` makes one that nobody vouches for.",
    );
}

fn certificate(config: &Config) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let text: String = config.get(CERTIFICATE)?;
    let read = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    read.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        let message = "it must be certificates in PEM; `{ $file: server.pem }` reads a file";
        config.refusal(CERTIFICATE, message)
    })
}

fn key(config: &Config) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let text: Secret<String> = config.get(KEY)?;
    // What is wrong with a key is not told in detail: it might tell the key.
    PrivateKeyDer::from_pem_slice(text.expose().as_bytes()).map_err(|_| {
        let message = "it must be a private key in PEM; `{ $file: server.key }` reads a file";
        config.refusal(KEY, message)
    })
}

fn self_signed(config: &Config) -> Result<Arc<ServerConfig>, String> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    let base: Option<String> = config.get_optional("backend.baseUrl").ok().flatten();
    let base = base.and_then(|base| Url::parse(&base).ok());
    let host = base.as_ref().and_then(Url::host_str);
    let host = host.map(|host| host.trim_matches(['[', ']']).to_owned());
    names.extend(host.filter(|host| !names.contains(host)));
    let made = rcgen::generate_simple_self_signed(names);
    let made = made.map_err(|error| format!("no certificate can be made: {error}"))?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
    server(vec![made.cert.der().clone()], key)
}

fn server(
    certificate: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, String> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let server = builder
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(certificate, key)
        });
    let mut server = server.map_err(|error| error.to_string())?;
    server.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn https(value: &Value) -> (bool, Vec<String>) {
        let config = Config::from_json(json!({ "backend": { "https": value } }));
        let mut mistakes = Mistakes::default();
        let server = read(&config, &mut mistakes);
        let mistakes = mistakes.finish(()).err().unwrap_or_default();
        (
            server.is_some(),
            mistakes.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn a_certificate_is_made_or_read() {
        assert_eq!(https(&json!(false)), (false, vec![]));
        assert_eq!(https(&json!(true)), (true, vec![]));
        let made = rcgen::generate_simple_self_signed(["a.example".to_owned()]).expect("a name");
        let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        assert_eq!(
            https(&json!({"certificate": {"cert": cert, "key": key}})),
            (true, vec![])
        );
    }

    #[test]
    fn a_wrong_value_is_named_by_its_key_and_no_key_is_told() {
        let one = rcgen::generate_simple_self_signed(["a.example".to_owned()]).expect("a name");
        let two = rcgen::generate_simple_self_signed(["b.example".to_owned()]).expect("a name");
        let (cert, key) = (one.cert.pem(), two.signing_key.serialize_pem());
        for (value, keys) in [
            (json!("yes please"), vec![HTTPS]),
            (json!({}), vec![CERTIFICATE, KEY]),
            (json!({"certificate": {"cert": cert}}), vec![KEY]),
            (
                json!({"certificate": {"cert": "-", "key": "hunter2"}}),
                vec![CERTIFICATE, KEY],
            ),
            (
                json!({"certificate": {"cert": cert, "key": key}}),
                vec![CERTIFICATE],
            ),
        ] {
            let (served, mistakes) = https(&value);
            assert!(!served);
            assert_eq!(mistakes.len(), keys.len(), "{mistakes:?}");
            for (mistake, key) in mistakes.iter().zip(keys) {
                assert!(
                    mistake.contains(key) && !mistake.contains("hunter2"),
                    "{mistake}"
                );
            }
        }
    }
}
