//! Tokens: only one that was issued is accepted, and none is ever told.
//!
//! An input is lines. The first names a token that was issued (`user`, `limited`, `plugin`, `behalf`, `static`,
//! `legacy`); each of the others changes it: `header …` and `claims …` put other text there (`KID` stands for the id of
//! the key), `signature <name>` that of another token, `signature hs256` one by the public key as the secret,
//! `signature none` an empty one; `raw …` is a whole token, `append …` adds to it, `cut <n>` leaves so many bytes.

use std::error::Error;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use greenroom::auth::{Auth, Credentials, RootAuth, TokenAccess, UserPrincipal, UserTokenSettings};
use greenroom::clock::ClockService;
use greenroom::config::{Config, ConfigArguments, FromConfig as _};
use greenroom::http_client::OnlyHosts;
use greenroom::logger::{Fields, Level, Logger, LoggerService, RootLoggerService};
use greenroom::root_http_router::NoListen;
use greenroom::{Inputs, RootContext, Running, backend, backend_plugin, service_factory};
use ring::hmac;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const STATIC: &str = "a-static-token-of-a-caller-from-outside";
const LEGACY: &[u8] = b"the secret of an old backend";
const NOW: u64 = 1_700_000_000;

/// Texts that are shorter may stand in a message by chance.
const TELLING: usize = 24;

/// Shows the token of an input to two plugins, in both ways.
///
/// # Panics
///
/// A property does not hold.
pub fn check(data: &[u8]) {
    let fixture = fixture();
    let Some(token) = fixture.token(data) else {
        return;
    };
    for (plugin, auth) in [("example", &fixture.example), ("probe", &fixture.probe)] {
        for access in [TokenAccess::Full, TokenAccess::Limited] {
            let log = &fixture.log;
            log.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
            let outcome = fixture.runtime.block_on(auth.authenticate(&token, access));
            let issued = fixture.issued.iter().find(|issued| issued.is_meant(&token));
            let counts = issued.is_some_and(|issued| issued.counts(plugin, access));
            match outcome {
                Ok(found) => {
                    assert!(
                        counts,
                        "nobody issued {token} for {plugin}: {:?}",
                        found.principal()
                    );
                }
                Err(error) => {
                    let exactly = issued.is_some_and(|issued| issued.token == token);
                    assert!(
                        !(counts && exactly),
                        "{plugin} refused what was issued: {error}"
                    );
                    keeps(&token, &told(&error));
                }
            }
            keeps(
                &token,
                &log.0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .join("\n"),
            );
        }
    }
}

/// All that an error says, to whoever asks.
fn told(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}

/// Neither a token nor what makes one valid stands in a text.
fn keeps(token: &str, text: &str) {
    let signature = token.rsplit('.').next().unwrap_or_default();
    for secret in [token, signature] {
        assert!(
            secret.len() < TELLING || !text.contains(secret),
            "told: {text}"
        );
    }
}

/// A token that counts.
struct Issued {
    name: &'static str,
    token: String,
    plugins: &'static [&'static str],
    limited: bool,
}

impl Issued {
    /// Whether this is the token, perhaps with another signature that says the same.
    fn is_meant(&self, token: &str) -> bool {
        let message = |token: &str| {
            token
                .rsplit_once('.')
                .map(|(message, _)| message.to_owned())
        };
        self.token == token || message(&self.token).is_some_and(|own| message(token) == Some(own))
    }

    fn counts(&self, plugin: &str, access: TokenAccess) -> bool {
        self.plugins.contains(&plugin) && (!self.limited || access == TokenAccess::Limited)
    }

    fn parts(&self) -> Vec<String> {
        self.token.split('.').map(str::to_owned).collect()
    }
}

/// A backend of two plugins, and tokens of every kind.
struct Fixture {
    runtime: Runtime,
    example: Auth,
    probe: Auth,
    issued: Vec<Issued>,
    /// The public key of users' tokens, as it is published.
    public_key: String,
    log: Arc<Kept>,
    _running: Running,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime can be made");
        let hand = Arc::new(Hand::default());
        let running = runtime.block_on(async {
            let config = json!({
                "backend": { "baseUrl": "http://localhost:7007", "auth": { "externalAccess": [
                    { "type": "static", "options": { "token": STATIC, "subject": "static-caller" } },
                    { "type": "legacy", "options": {
                        "secret": base64::prelude::BASE64_STANDARD.encode(LEGACY), "subject": "legacy-caller",
                    } },
                ] } },
                // What is asked for there is refused before it is asked.
                "discovery": { "endpoints": [
                    { "target": "http://elsewhere.test/api/{{pluginId}}", "plugins": ["*"] },
                ] },
            });
            let inputs = Inputs::new()
                .with(ConfigArguments::fixed(Config::from_json(config)))
                .with(OnlyHosts::this_machine())
                .with(NoListen)
                .with(Arc::clone(&hand));
            backend![greenroom::defaults, clock, root_logger, example, probe].start(inputs).await
        });
        let running = running.expect("it starts");
        let take = |slot: &OnceLock<Auth>| Arc::clone(slot.get().expect("the plugin has started"));
        let (example, probe) = (take(&hand.example), take(&hand.probe));
        let root = hand.root.get().expect("the plugin has started");
        let (issued, public_key) = runtime.block_on(issue(root, &example, &probe));
        let log = Arc::clone(&hand.log);
        Fixture { runtime, example, probe, issued, public_key, log, _running: running }
    })
}

async fn issue(root: &RootAuth, example: &Auth, probe: &Auth) -> (Vec<Issued>, String) {
    let settings = UserTokenSettings::from_config(&Config::empty()).expect("defaults are valid");
    let silent: Logger = Arc::new(Kept::default());
    let issuer = root.user_token_issuer(&settings, "http://localhost:7007/api/auth", silent);
    let issuer = issuer.await.expect("keys can be made");
    let user = issuer
        .issue("user:default/jane", None)
        .await
        .expect("it signs");
    let user = user.token.expose().to_owned();
    let jane: Credentials = example
        .authenticate(&user, TokenAccess::Full)
        .await
        .expect("it counts");
    let full = jane.narrow::<UserPrincipal>().expect("jane is a user");
    let limited = example
        .limited_user_token(&full)
        .await
        .expect("it has its proof");
    let own = probe.own_service_credentials().into_any();
    let token = async |of: &Credentials| {
        let token = probe
            .plugin_request_token(of, "example")
            .await
            .expect("it signs");
        token.expect("there is a caller").expose().to_owned()
    };
    let key = issuer.public_keys().await.expect("they are in memory");
    let everywhere: &[&str] = &["example", "probe"];
    let issued = |name, token, plugins, limited| Issued {
        name,
        token,
        plugins,
        limited,
    };
    let all = vec![
        issued("user", user, everywhere, false),
        issued(
            "limited",
            limited.token.expose().to_owned(),
            everywhere,
            true,
        ),
        issued("plugin", token(&own).await, &["example"], false),
        issued("behalf", token(&jane).await, &["example"], false),
        issued("static", STATIC.to_owned(), everywhere, false),
        issued("legacy", legacy(), everywhere, false),
    ];
    (all, json!(key[0]).to_string())
}

fn legacy() -> String {
    let header = BASE64.encode(json!({ "alg": "HS256" }).to_string());
    let claims = json!({ "sub": "backstage-server", "exp": NOW + 3600 });
    let message = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let signature = hs256(LEGACY, &message);
    format!("{message}.{signature}")
}

fn hs256(secret: &[u8], message: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    BASE64.encode(hmac::sign(&key, message.as_bytes()))
}

impl Fixture {
    fn named(&self, name: &str) -> Option<&Issued> {
        self.issued.iter().find(|issued| issued.name == name)
    }

    /// The token that an input describes.
    fn token(&self, data: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(data).ok()?;
        let mut lines = text.split('\n');
        let mut parts = self.named(lines.next()?)?.parts();
        let header = BASE64.decode(&parts[0]).ok();
        let header = header.and_then(|header| serde_json::from_slice::<Value>(&header).ok());
        let id = header.and_then(|header| Some(header["kid"].as_str()?.to_owned()));
        let id = id.unwrap_or_default();
        for line in lines {
            let (word, rest) = line.split_once(' ')?;
            parts.resize(parts.len().max(3), String::new());
            match word {
                "header" => parts[0] = BASE64.encode(rest.replace("KID", &id)),
                "claims" => parts[1] = BASE64.encode(rest.replace("KID", &id)),
                "signature" => {
                    parts[2] = match rest {
                        "none" => String::new(),
                        "hs256" => hs256(self.public_key.as_bytes(), &parts[..2].join(".")),
                        name => self.named(name)?.parts().pop()?,
                    };
                }
                "raw" => parts = rest.split('.').map(str::to_owned).collect(),
                "append" => parts.last_mut()?.push_str(rest),
                "cut" => {
                    let mut whole = parts.join(".");
                    let at = rest.parse::<usize>().ok()?.min(whole.len());
                    whole.truncate(whole.floor_char_boundary(at));
                    parts = whole.split('.').map(str::to_owned).collect();
                }
                _ => return None,
            }
        }
        Some(parts.join("."))
    }
}

/// What the plugins hand out when they start.
#[derive(Default)]
struct Hand {
    root: OnceLock<Arc<RootAuth>>,
    example: OnceLock<Auth>,
    probe: OnceLock<Auth>,
    log: Arc<Kept>,
}

fn hand(context: &RootContext) -> &Hand {
    context.input::<Arc<Hand>>().expect("the fixture brings it")
}

#[backend_plugin(id = "example")]
async fn example(context: Arc<RootContext>, auth: Auth, root: Arc<RootAuth>) {
    let hand = hand(&context);
    assert!(hand.example.set(auth).is_ok() && hand.root.set(root).is_ok());
}

#[backend_plugin(id = "probe")]
async fn probe(context: Arc<RootContext>, auth: Auth) {
    assert!(hand(&context).probe.set(auth).is_ok());
}

/// A clock at which none of the tokens has ended.
#[service_factory]
fn clock() -> Arc<dyn ClockService> {
    Arc::new(Still)
}

struct Still;

impl ClockService for Still {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW)
    }
}

#[service_factory]
fn root_logger(context: Arc<RootContext>) -> Arc<dyn RootLoggerService> {
    Arc::clone(&hand(&context).log) as _
}

/// Keeps what is logged, until it is looked at.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl LoggerService for Kept {
    fn log(&self, _: Level, message: &str, fields: &Fields) {
        let line = format!("{message} {}", json!(fields));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn enabled(&self, _: Level) -> bool {
        true
    }

    fn child(&self, _: Fields) -> Logger {
        Arc::new(self.clone())
    }
}

impl RootLoggerService for Kept {
    fn logger(&self, _: Fields) -> Logger {
        Arc::new(self.clone())
    }

    fn dispatch(&self) -> tracing::Dispatch {
        tracing::Dispatch::none()
    }
}
