//! A connection to PostgreSQL.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::Keys;
use super::connection::{Connection, Dialect, Layered, Parts, Places, address, layered};
use super::plan::ServerOptions;
use crate::config::Mistakes;

const DIALECT: Dialect = Dialect {
    schemes: &["postgres", "postgresql"],
    parameters: &[
        "application_name",
        "dbname",
        "host",
        "options",
        "password",
        "port",
        "sslcert",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "user",
    ],
};

/// The plugin's connection over that of all. None after a mistake.
pub(super) fn connection(
    keys: &Keys<'_>,
    places: Places,
    mistakes: &mut Mistakes,
) -> Option<Connection> {
    let options = PgConnectOptions::new_without_pgpass()
        .host("localhost")
        .port(5432)
        .username("postgres")
        .password("")
        .ssl_mode(PgSslMode::Disable);
    let Layered {
        options,
        base_database,
        own_database,
        own,
    } = layered(keys, places, &DIALECT, options, apply, mistakes)?;
    Some(Connection {
        address: address(options.get_socket(), options.get_host(), options.get_port()),
        user: options.get_username().to_owned(),
        options: ServerOptions::Postgres(options),
        base_database,
        own_database,
        own,
    })
}

fn apply(
    keys: &Keys<'_>,
    key: &str,
    mut options: PgConnectOptions,
    parts: Parts,
    mistakes: &mut Mistakes,
) -> Option<(PgConnectOptions, Option<String>)> {
    let mut database = None;
    if let Some(url) = parts.url {
        // What goes wrong here is a parameter; the message of the parser could repeat the password.
        let Ok(read) = PgConnectOptions::from_str(url.as_str()) else {
            let message = "it cannot be used: look at its parameters";
            mistakes.take::<(), _>(Err(keys.refuse(key, message)));
            return None;
        };
        let named = url.path().len() > 1 || url.query_pairs().any(|(name, _)| name == "dbname");
        database = read.get_database().filter(|_| named).map(str::to_owned);
        let silent =
            url.password().is_none() && !url.query_pairs().any(|(name, _)| name == "password");
        options = match silent {
            true => read.password(""),
            false => read,
        };
    }
    if let Some(host) = parts.socket.or(parts.host) {
        options = match host.starts_with('/') {
            true => options.socket(host),
            false => options.host(&host),
        };
    }
    if let Some(port) = parts.port {
        options = options.port(port);
    }
    if let Some(user) = parts.user {
        options = options.username(&user);
    }
    if let Some(password) = parts.password {
        options = options.password(password.expose());
    }
    if let Some(tls) = parts.tls {
        options = options.ssl_mode(match (tls.on, tls.verified) {
            (false, _) => PgSslMode::Disable,
            (true, false) => PgSslMode::Require,
            (true, true) => PgSslMode::VerifyFull,
        });
        if let Some(authorities) = tls.authorities {
            options = options.ssl_root_cert_from_pem(authorities.into_bytes());
        }
        if let Some(certificate) = tls.certificate {
            options = options.ssl_client_cert_from_pem(certificate);
        }
        if let Some(key) = tls.key {
            options = options.ssl_client_key_from_pem(key.expose());
        }
    }
    Some((options, parts.database.or(database)))
}

/// The connection under the name that the server's lists show.
pub(super) fn named(options: PgConnectOptions, application: &str) -> PgConnectOptions {
    let mut end = application.len().min(63);
    while !application.is_char_boundary(end) {
        end -= 1;
    }
    options.application_name(&application[..end])
}
