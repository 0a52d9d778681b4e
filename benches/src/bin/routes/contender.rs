//! Who is measured, and how each is started.

use std::net::SocketAddr;

use greenroom_benches::load::{Request, fetch};
use greenroom_benches::process::{Pinning, Server, free_address};
use greenroom_benches::{BoxError, cargo};
use serde_json::{Value, json};

use crate::setup;

/// In the order in which they are started: the first issues the token that all of them take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Greenroom,
    Axum,
    Backstage,
}

/// A running server.
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    /// The configuration.
    _directory: tempfile::TempDir,
}

/// What greenroom's auth plugin has issued, and where it is.
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    keys: String,
}

impl Contender {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Greenroom => "greenroom",
            Self::Axum => "axum, same features",
            Self::Backstage => "Backstage",
        }
    }

    /// Starts it on a free port and waits until its plugin answers.
    pub(crate) fn start(
        self,
        pinning: Pinning,
        issuer: Option<&Issuer>,
    ) -> Result<Running, BoxError> {
        let address = free_address()?;
        let directory = tempfile::tempdir()?;
        let issued_by = || issuer.ok_or("greenroom issues the tokens, and is not started");
        let this = std::env::current_exe()?;
        let mut command = match self {
            Self::Greenroom => {
                let mut command = pinning.command(this);
                command
                    .args(["serve", "greenroom"])
                    .current_dir(directory.path())
                    .env("APP_CONFIG_backend_listen", address.to_string())
                    .env(
                        "APP_CONFIG_auth_providers_guest",
                        r#"{"dangerouslyAllowOutsideDevelopment":true}"#,
                    );
                command
            }
            Self::Axum => {
                let mut command = pinning.command(this);
                let address = address.to_string();
                command.args(["serve", "axum", &address, &issued_by()?.keys]);
                command
            }
            Self::Backstage => {
                let file = directory.path().join("app-config.json");
                let config = backstage(address, issued_by()?.address);
                std::fs::write(&file, config.to_string())?;
                let mut command = pinning.command("node");
                command
                    .args(["index.js", "example", "--config"])
                    .arg(&file)
                    .current_dir(cargo::workspace().join("tests/anchor/node"))
                    .env("NODE_ENV", "production");
                command
            }
        };
        let server = Server::start(&mut command)?;
        server.first_answer(address, "/api/example/health")?;
        Ok(Running {
            server,
            address,
            _directory: directory,
        })
    }
}

impl Issuer {
    /// Signs a guest in at a running greenroom.
    pub(crate) async fn at(address: SocketAddr) -> Result<Self, BoxError> {
        let signed_in = fetch(address, &Request::get("/api/auth/guest/refresh")).await?;
        let signed_in: Value = serde_json::from_slice(&signed_in)?;
        let token = signed_in["backstageIdentity"]["token"].as_str();
        let keys = fetch(address, &Request::get("/api/auth/.well-known/jwks.json")).await?;
        Ok(Self {
            address,
            token: token.ok_or("the guest has no token")?.to_owned(),
            keys: String::from_utf8(keys)?,
        })
    }
}

/// A Backstage whose users sign in at greenroom.
fn backstage(own: SocketAddr, auth: SocketAddr) -> Value {
    json!({
        "app": { "baseUrl": "http://localhost:3000" },
        "backend": {
            "baseUrl": format!("http://{own}"),
            "listen": { "host": own.ip(), "port": own.port() },
            "database": { "client": "better-sqlite3", "connection": ":memory:" },
        },
        "discovery": { "endpoints": [{
            "target": format!("http://{auth}/api/{{{{pluginId}}}}"),
            "plugins": ["auth"],
        }]},
    })
}

/// All that can be measured here; without Node.js, npm or the registry Backstage is left out, with a word.
pub(crate) fn at_hand() -> Vec<Contender> {
    let mut contenders = vec![Contender::Greenroom, Contender::Axum];
    match setup::install(&cargo::workspace().join("tests/anchor/node")) {
        Ok(()) => contenders.push(Contender::Backstage),
        Err(reason) => eprintln!("Backstage is left out: {reason}"),
    }
    contenders
}
