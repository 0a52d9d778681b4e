//! A connection to a server: a text, or an object with its parts.

use std::path::PathBuf;

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

/// What the URLs of an engine may look like.
pub(super) struct Dialect {
    pub(super) schemes: &'static [&'static str],
    pub(super) parameters: &'static [&'static str],
}

/// Where the connection of a plugin is written.
pub(super) struct Places {
    /// That of all plugins.
    pub(super) base: Option<String>,
    /// Its own, which is laid over it.
    pub(super) own: Option<String>,
}

/// Options with the parts that are written, and the databases that the one and the other name.
pub(super) struct Layered<O> {
    pub(super) options: O,
    pub(super) base_database: Option<String>,
    pub(super) own_database: Option<String>,
    pub(super) own: bool,
}

/// Lays the plugin's connection over that of all. `apply` puts parts into the options, and gives the database that they
/// name. None after a mistake.
pub(super) fn layered<O>(
    keys: &Keys<'_>,
    places: Places,
    dialect: &Dialect,
    mut options: O,
    apply: impl Fn(&Keys<'_>, &str, O, Parts, &mut Mistakes) -> Option<(O, Option<String>)>,
    mistakes: &mut Mistakes,
) -> Option<Layered<O>> {
    let mut databases = [None, None];
    let own = places.own.is_some();
    for (key, database) in [places.base, places.own].into_iter().zip(&mut databases) {
        let Some(key) = key else { continue };
        let written = parts(keys, &key, dialect, mistakes)?;
        (options, *database) = apply(keys, &key, options, written, mistakes)?;
    }
    let [base_database, own_database] = databases;
    Some(Layered {
        options,
        base_database,
        own_database,
        own,
    })
}

/// Where a server is, as messages have it.
pub(super) fn address(socket: Option<&PathBuf>, host: &str, port: u16) -> String {
    match socket {
        Some(socket) => socket.display().to_string(),
        None => format!("{host}:{port}"),
    }
}

#[derive(Deserialize)]
struct Written(Secret<String>);

/// Reads what stands at a key. None after a mistake.
fn parts(keys: &Keys<'_>, key: &str, dialect: &Dialect, mistakes: &mut Mistakes) -> Option<Parts> {
    let config = keys.config;
    if !config.has(key) {
        return Some(Parts::default());
    }
    if !keys.is_object(key) {
        let url = url(keys, key, dialect, mistakes)?;
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
        true => Some(url(keys, &text, dialect, mistakes)?),
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

fn url(keys: &Keys<'_>, key: &str, dialect: &Dialect, mistakes: &mut Mistakes) -> Option<Url> {
    let Dialect {
        schemes,
        parameters,
    } = dialect;
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
