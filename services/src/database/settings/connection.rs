//! A connection to a server: a text, or an object with its parts.

use serde::Deserialize;
use url::Url;

use super::plan::ServerOptions;
use super::tls::Tls;
use super::{Keys, tls};
use crate::config::{Mistakes, Secret};

/// The keys of the object.
pub(super) const READ: [&str; 11] = [
    "database",
    "directory",
    "filename",
    "host",
    "password",
    "port",
    "socketPath",
    "ssl",
    "type",
    "user",
    "connectionString",
];

/// What a connection comes to.
pub(super) struct Connection {
    pub(super) options: ServerOptions,
    pub(super) address: String,
    pub(super) user: String,
    /// The database that holds for all plugins.
    pub(super) base_database: Option<String>,
    /// The database of this plugin.
    pub(super) own_database: Option<String>,
    /// The plugin has a connection of its own.
    pub(super) own: bool,
}

/// The parts of a connection that are written, one or all.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) url: Option<Url>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret<String>>,
    pub(super) database: Option<String>,
    pub(super) socket: Option<String>,
    pub(super) tls: Option<Tls>,
}

#[derive(Deserialize)]
struct Written(Secret<String>);

/// Reads what stands at a key. None after a mistake.
pub(super) fn parts(
    keys: &Keys<'_>,
    key: &str,
    schemes: &[&str],
    parameters: &[&str],
    mistakes: &mut Mistakes,
) -> Option<Parts> {
    let config = keys.config;
    if !config.has(key) {
        return Some(Parts::default());
    }
    if !keys.is_object(key) {
        let url = url(keys, key, schemes, parameters, mistakes)?;
        return Some(Parts {
            url: Some(url),
            ..Parts::default()
        });
    }
    let whole = |name: &str| format!("{key}.{name}");
    let kind: Option<String> = mistakes.take(config.get_optional(&whole("type")))?;
    match kind.as_deref() {
        None | Some("default") => {}
        Some("azure" | "cloudsql" | "rds") => {
            let message = "this way to sign in is not there: write host, user and password, or use the cloud's proxy";
            mistakes.take::<(), _>(Err(keys.refuse(&whole("type"), message)));
            return None;
        }
        Some(_) => {
            mistakes.take::<(), _>(Err(keys.refuse(&whole("type"), "it must be `default`")));
            return None;
        }
    }
    let text = whole("connectionString");
    let url = match config.has(&text) {
        true => Some(url(keys, &text, schemes, parameters, mistakes)?),
        false => None,
    };
    Some(Parts {
        url,
        host: mistakes.take(config.get_optional(&whole("host")))?,
        port: mistakes.take(config.get_optional(&whole("port")))?,
        user: mistakes.take(config.get_optional(&whole("user")))?,
        password: mistakes.take(config.get_optional(&whole("password")))?,
        database: mistakes.take(config.get_optional(&whole("database")))?,
        socket: mistakes.take(config.get_optional(&whole("socketPath")))?,
        tls: tls::read(keys, &whole("ssl"), mistakes)?,
    })
}

fn url(
    keys: &Keys<'_>,
    key: &str,
    schemes: &[&str],
    parameters: &[&str],
    mistakes: &mut Mistakes,
) -> Option<Url> {
    let Written(text): Written = mistakes.take(keys.config.get(key))?;
    // The text may hold a password, so no message repeats it.
    let parsed = text.expose().parse::<Url>().ok();
    let Some(url) = parsed.filter(|url| schemes.contains(&url.scheme())) else {
        let message = format!(
            "it must be a URL such as `{}://user:password@host/database`, or an object with `host`, `user` and `password`",
            schemes[0]
        );
        mistakes.take::<(), _>(Err(keys.refuse(key, message)));
        return None;
    };
    let unknown = url
        .query_pairs()
        .find(|(name, _)| !parameters.contains(&&**name) && !name.starts_with("options["))
        .map(|(name, _)| name.into_owned());
    if let Some(name) = unknown {
        let known = parameters.join(", ");
        let message = format!("its parameter `{name}` is not known; there are {known}");
        mistakes.take::<(), _>(Err(keys.refuse(key, message)));
        return None;
    }
    Some(url)
}
