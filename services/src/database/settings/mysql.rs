//! A connection to MySQL or MariaDB.

use std::str::FromStr;

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};

use super::Keys;
use super::connection::{Connection, Dialect, Layered, Parts, Places, address, layered};
use super::plan::ServerOptions;
use crate::config::Mistakes;

const DIALECT: Dialect = Dialect {
    schemes: &["mysql", "mariadb"],
    parameters: &[
        "charset",
        "collation",
        "socket",
        "ssl-ca",
        "ssl-cert",
        "ssl-key",
        "ssl-mode",
    ],
};

/// The plugin's connection over that of all. None after a mistake.
pub(super) fn connection(
    keys: &Keys<'_>,
    places: Places,
    mistakes: &mut Mistakes,
) -> Option<Connection> {
    let options = MySqlConnectOptions::new()
        .host("localhost")
        .port(3306)
        .username("root")
        .ssl_mode(MySqlSslMode::Disabled);
    let Layered {
        options,
        base_database,
        own_database,
        own,
    } = layered(keys, places, &DIALECT, options, apply, mistakes)?;
    Some(Connection {
        address: address(options.get_socket(), options.get_host(), options.get_port()),
        user: options.get_username().to_owned(),
        options: ServerOptions::MySql(options),
        base_database,
        own_database,
        own,
    })
}

fn apply(
    keys: &Keys<'_>,
    key: &str,
    mut options: MySqlConnectOptions,
    parts: Parts,
    mistakes: &mut Mistakes,
) -> Option<(MySqlConnectOptions, Option<String>)> {
    let mut database = None;
    if let Some(url) = parts.url {
        // What goes wrong here is a parameter; the message of the parser could repeat the password.
        let Ok(read) = MySqlConnectOptions::from_str(url.as_str()) else {
            let message = "it cannot be used: look at its parameters";
            mistakes.take::<(), _>(Err(keys.refuse(key, message)));
            return None;
        };
        database = read.get_database().map(str::to_owned);
        options = read;
    }
    if let Some(host) = parts.host {
        options = options.host(&host);
    }
    if let Some(socket) = parts.socket {
        options = options.socket(socket);
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
            (false, _) => MySqlSslMode::Disabled,
            (true, false) => MySqlSslMode::Required,
            (true, true) => MySqlSslMode::VerifyIdentity,
        });
        if let Some(authorities) = tls.authorities {
            options = options.ssl_ca_from_pem(authorities.into_bytes());
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
