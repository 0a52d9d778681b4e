//! What the configuration says about calls to the outside.
//!
//! Certificates are given as text, which `{ $file: … }` reads: only the configuration opens files, so a path
//! means there what it means everywhere, and a file that is missing is told with its place.

use std::time::Duration;

use greenroom_di_core::BoxError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::config::{ByteSize, Config, ConfigSchema, FromConfig, Mistakes, Secret};
use crate::root_http_router::{describe_duration, duration};

const DEADLINE: &str = "backend.httpClient.deadline";
const CONNECT_TIMEOUT: &str = "backend.httpClient.connectTimeout";
const RETRIES: &str = "backend.httpClient.retries";
const BODY_LIMIT: &str = "backend.httpClient.bodyLimit";
const AUTHORITIES: &str = "backend.httpClient.tls.ca";
const PROXY: &str = "backend.httpClient.proxy";
const NO_PROXY: &str = "backend.httpClient.noProxy";

/// More tries than these help nobody, least of all a service that is overloaded.
const MOST_RETRIES: u32 = 10;

/// The settings of all calls.
#[derive(Clone, Debug)]
pub struct HttpClientSettings {
    pub(super) deadline: Duration,
    pub(super) connect_timeout: Duration,
    pub(super) retries: u32,
    pub(super) body_limit: ByteSize,
    /// Beside those of the system.
    pub(super) authorities: Vec<CertificateDer<'static>>,
    pub(super) proxy: Option<Secret<Url>>,
    pub(super) no_proxy: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl FromConfig for HttpClientSettings {
    /// Reads these keys:
    ///
    /// | key | value | default |
    /// |---|---|---|
    /// | `backend.httpClient.deadline` | duration or milliseconds | 30 s, for the whole of a call |
    /// | `backend.httpClient.connectTimeout` | likewise | 10 s, for a connection |
    /// | `backend.httpClient.retries` | 0 to 10 | 2 more tries of what may be repeated |
    /// | `backend.httpClient.bodyLimit` | bytes or a size such as `100kb` | 10 MB, for the body of an answer |
    /// | `backend.httpClient.tls.ca` | PEM text, or a list of it | none beside the system's authorities |
    /// | `backend.httpClient.proxy` | URL | none |
    /// | `backend.httpClient.noProxy` | hosts with commas between them | none but this machine |
    fn from_config(config: &Config) -> Result<Self, Vec<BoxError>> {
        let mut mistakes = Mistakes::default();
        let deadline = limit(config, DEADLINE, 30, &mut mistakes);
        let connect_timeout = limit(config, CONNECT_TIMEOUT, 10, &mut mistakes);
        let retries: Option<u32> = mistakes.take(config.get_optional(RETRIES)).flatten();
        if retries.is_some_and(|retries| retries > MOST_RETRIES) {
            let message = format!("it must be {MOST_RETRIES} at most");
            mistakes.take::<(), _>(Err(config.refusal(RETRIES, message)));
        }
        let body_limit = mistakes.take(config.get_optional(BODY_LIMIT)).flatten();
        let texts = mistakes.take(config.get_optional(AUTHORITIES)).flatten();
        let authorities = mistakes.take(authorities(texts).map_err(|()| {
            let message = "it must be certificates in PEM; `{ $file: authority.pem }` reads a file";
            config.refusal(AUTHORITIES, message)
        }));
        let proxy: Option<Secret<String>> = mistakes.take(config.get_optional(PROXY)).flatten();
        let proxy = proxy.map(|text| {
            proxy_url(text.expose()).ok_or_else(|| {
                config.refusal(
                    PROXY,
                    "it must be a URL such as `http://proxy.example.com:3128`",
                )
            })
        });
        let proxy = mistakes.take(proxy.transpose()).flatten();
        let no_proxy = mistakes.take(config.get_optional(NO_PROXY)).flatten();
        mistakes.finish(Self {
            deadline,
            connect_timeout,
            retries: retries.unwrap_or(2),
            body_limit: body_limit.unwrap_or(ByteSize::bytes(10 * 1024 * 1024)),
            authorities: authorities.unwrap_or_default(),
            proxy: proxy.map(Secret::new),
            no_proxy,
        })
    }

    fn describe(schema: &mut ConfigSchema) {
        describe_duration(
            schema,
            DEADLINE,
            "For the whole of a call to another service.",
        );
        describe_duration(
            schema,
            CONNECT_TIMEOUT,
            "For a connection to another service.",
        );
        schema.add_schema(
            RETRIES,
            json!({ "type": "integer", "minimum": 0, "maximum": MOST_RETRIES }),
            "How many more tries a call has that may be repeated.",
        );
        schema.add_key::<ByteSize>(BODY_LIMIT, "The largest body of an answer.");
        schema.add_schema(
            AUTHORITIES,
            json!({ "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ]}),
            "Authorities beside the system's, as certificates in PEM.",
        );
        schema.add_key::<Secret<String>>(PROXY, "The proxy for all calls that leave the machine.");
        schema.add_key::<String>(
            NO_PROXY,
            "Hosts, domains and networks without the proxy, with commas between them.",
        );
    }
}

fn limit(config: &Config, key: &str, default_seconds: u64, mistakes: &mut Mistakes) -> Duration {
    let limit = duration(config, key, default_seconds, mistakes);
    if limit.is_zero() {
        mistakes.take::<(), _>(Err(config.refusal(key, "it must be longer than 0")));
    }
    limit
}

fn authorities(texts: Option<OneOrMore>) -> Result<Vec<CertificateDer<'static>>, ()> {
    let texts = match texts {
        None => return Ok(Vec::new()),
        Some(OneOrMore::One(text)) => vec![text],
        Some(OneOrMore::More(texts)) => texts,
    };
    let mut all = Vec::new();
    for text in texts {
        let before = all.len();
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            all.push(certificate.map_err(drop)?);
        }
        if all.len() == before {
            return Err(());
        }
    }
    Ok(all)
}

fn proxy_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(client: Value) -> Result<HttpClientSettings, Vec<String>> {
        let config = Config::from_json(json!({ "backend": { "httpClient": client } }));
        let told = |mistakes: Vec<BoxError>| mistakes.iter().map(ToString::to_string).collect();
        HttpClientSettings::from_config(&config).map_err(told)
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = read(json!({})).expect("nothing is configured");
        assert_eq!(settings.deadline, Duration::from_secs(30));
        assert_eq!(settings.connect_timeout, Duration::from_secs(10));
        assert_eq!(settings.retries, 2);
        assert_eq!(settings.body_limit.as_u64(), 10_485_760);
        assert!(settings.authorities.is_empty());
        assert!(settings.proxy.is_none() && settings.no_proxy.is_none());
    }

    #[test]
    fn every_mistake_is_told_by_its_key_and_without_secrets() {
        let mistakes = read(json!({
            "deadline": "0s",
            "connectTimeout": "soon",
            "retries": 11,
            "bodyLimit": "much",
            "tls": { "ca": "authority.pem" },
            "proxy": "hunter2:hunter2@proxy:3128",
            "noProxy": 1,
        }));
        let mistakes = mistakes.expect_err("all are wrong");
        let keys = [
            DEADLINE,
            CONNECT_TIMEOUT,
            RETRIES,
            BODY_LIMIT,
            AUTHORITIES,
            PROXY,
            NO_PROXY,
        ];
        assert_eq!(mistakes.len(), keys.len(), "{mistakes:?}");
        for (mistake, key) in mistakes.iter().zip(keys) {
            assert!(mistake.contains(&format!("`{key}`")), "{mistake}");
            assert!(!mistake.contains("hunter2"), "{mistake}");
        }
        assert!(mistakes[4].contains("$file"), "{mistakes:?}");
    }

    #[test]
    fn settings_do_not_print_the_proxys_password() {
        let settings = read(json!({ "proxy": "http://me:hunter2@proxy.test:3128" }));
        let shown = format!("{:?}", settings.expect("the URL is valid"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn every_key_is_described() {
        let mut schema = ConfigSchema::new();
        HttpClientSettings::describe(&mut schema);
        let schema = schema.finish();
        let client = &schema["properties"]["backend"]["properties"]["httpClient"]["properties"];
        let mut keys: Vec<&String> = client.as_object().expect("keys").keys().collect();
        keys.sort();
        assert_eq!(
            keys,
            [
                "bodyLimit",
                "connectTimeout",
                "deadline",
                "noProxy",
                "proxy",
                "retries",
                "tls"
            ]
        );
        assert_eq!(client["proxy"]["writeOnly"], true);
    }
}
