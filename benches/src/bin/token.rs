//! What it costs to find out whose token it is: for the first time, and every later time.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin token
//! ```
//!
//! Each token is another one, so that each first time is one. Later times find it among those that were verified. The
//! keys are at hand, as they are for tokens of the same process, and for those of others once they were fetched. Beside
//! the first time of a user's token stands jsonwebtoken alone, which reads the same token and checks the same signature.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time; nobody holds its clock"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use greenroom::auth::{RootAuth, Token, TokenAccess, UserTokenSettings};
use greenroom::config::ServiceSettings;
use greenroom::logger::Sink;
use greenroom::prelude::*;
use greenroom::root_http_router::NoListen;
use greenroom::{BoxError, Inputs};
use greenroom_benches::statistics::{median, quantile};
use greenroom_benches::table::Table;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;

/// Fewer than are remembered.
const TOKENS: usize = 2000;
/// How often the known ones are asked about.
const PASSES: usize = 50;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    // Standard output is for the table.
    let inputs = Inputs::new().with(NoListen).with(Sink::stderr());
    let running = backend![greenroom::defaults, meter].start(inputs).await?;
    running.stop().await;
    Ok(())
}

/// Measures while it starts: that is when it has its services, and nothing else runs.
#[backend_plugin(id = "meter")]
async fn meter(
    auth: Auth,
    root_auth: Arc<RootAuth>,
    settings: ServiceSettings<UserTokenSettings>,
    logger: Logger,
) -> Result<()> {
    let address = "http://localhost/api/auth";
    let issuer = root_auth.user_token_issuer(&settings, address, logger);
    let issuer = issuer.await?;
    let mut of_users = Vec::with_capacity(TOKENS);
    for number in 0..TOKENS {
        let user = format!("user:default/user-{number}");
        let issued = issuer.issue(&user, None).await?;
        of_users.push(issued.token.expose().to_owned());
    }
    let keys = issuer.public_keys().await?;
    let key = keys.into_iter().next().ok_or("there is no key")?;
    let alone = alone(&of_users, serde_json::from_value(Value::Object(key))?)?;
    let user = Times::of(&auth, &of_users).await?;

    // A plugin's token for each of the users, whom it names by a token inside of it.
    let mut of_plugins = Vec::with_capacity(TOKENS);
    for token in &of_users {
        let user = auth.authenticate(token, TokenAccess::Full).await?;
        let token = auth.plugin_request_token(&user, "meter").await?;
        let token = token.as_ref().map(Token::expose);
        of_plugins.push(token.ok_or("a user is somebody")?.to_owned());
    }
    let plugin = Times::of(&auth, &of_plugins).await?;

    let mut table = Table::new(&["one token, in µs", "first time", "p99", "later"]);
    for (label, times) in [
        ("of a user", user),
        ("of a plugin, on behalf of a user", plugin),
    ] {
        table.row([
            label.to_owned(),
            format!("{:.1}", median(&times.first)),
            format!("{:.1}", quantile(&times.first, 0.99)),
            format!("{:.2}", median(&times.later)),
        ]);
    }
    table.row([
        "of a user, by jsonwebtoken alone".to_owned(),
        format!("{:.1}", median(&alone)),
        format!("{:.1}", quantile(&alone, 0.99)),
        "-".to_owned(),
    ]);
    println!("{TOKENS} tokens, each asked about once and then {PASSES} times\n\n{table}");
    Ok(())
}

/// In microseconds.
struct Times {
    /// Of each token.
    first: Vec<f64>,
    /// Of each pass over all of them, for one: a single one is too short for the clock.
    later: Vec<f64>,
}

impl Times {
    async fn of(auth: &Auth, tokens: &[String]) -> Result<Self, BoxError> {
        let mut first = Vec::with_capacity(tokens.len());
        for token in tokens {
            let started = Instant::now();
            black_box(auth.authenticate(token, TokenAccess::Full).await?);
            first.push(started.elapsed().as_secs_f64() * 1e6);
        }
        let mut later = Vec::with_capacity(PASSES);
        for _ in 0..PASSES {
            let started = Instant::now();
            for token in tokens {
                black_box(auth.authenticate(token, TokenAccess::Full).await?);
            }
            later.push(started.elapsed().as_secs_f64() * 1e6 / tokens.len() as f64);
        }
        Ok(Self { first, later })
    }
}

#[derive(Deserialize)]
struct Claims {
    #[expect(dead_code, reason = "it is read for the time that this takes")]
    sub: String,
}

fn alone(tokens: &[String], key: Jwk) -> Result<Vec<f64>, BoxError> {
    let key = DecodingKey::from_jwk(&key)?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["backstage"]);
    let mut times = Vec::with_capacity(tokens.len());
    for token in tokens {
        let started = Instant::now();
        black_box(jsonwebtoken::decode::<Claims>(token, &key, &validation)?);
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}
