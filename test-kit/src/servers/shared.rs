//! The one server of a kind that the tests of this process share.

use std::sync::{Arc, OnceLock};

use url::Url;

use super::server::Server;
use super::{Kind, probe, worker};

/// What a test gets: the URL of a server, or why there is none.
pub(crate) type Shared = Result<Arc<Url>, Arc<str>>;

/// Finds or starts it when the first test asks; the others wait.
///
/// # Panics
///
/// When the environment names a server that does not answer: somebody wanted that one.
pub(crate) async fn shared(kind: Kind) -> Shared {
    worker::run(move || async move {
        // A server lasts as long as the process, whose tests come and go. Statics are not dropped in the end, and need
        // not be: the watchdog sees that the process is gone.
        static POSTGRES: OnceLock<Found> = OnceLock::new();
        static MYSQL: OnceLock<Found> = OnceLock::new();
        static REDIS: OnceLock<Found> = OnceLock::new();
        let cell = match kind {
            Kind::Postgres => &POSTGRES,
            Kind::MySql => &MYSQL,
            Kind::Redis => &REDIS,
        };
        let found = cell.get_or_init(|| worker::run_now(|| find(kind)));
        match found {
            Found::Here(url, _) => Ok(Arc::clone(url)),
            Found::Nowhere(why) => Err(Arc::clone(why)),
            Found::Wrong(problem) => panic!("{problem}"),
        }
    })
    .await
}

enum Found {
    /// With the server, if it is ours.
    Here(
        Arc<Url>,
        #[expect(dead_code, reason = "it runs as long as it is kept")] Option<Box<Server>>,
    ),
    Nowhere(Arc<str>),
    /// What the environment names is of no use.
    Wrong(String),
}

async fn find(kind: Kind) -> Found {
    match std::env::var(kind.variable()) {
        Ok(value) if !kind.is_off() => match named(kind, &value).await {
            Ok(url) => Found::Here(Arc::new(url), None),
            Err(problem) => Found::Wrong(format!("{}: {problem}", kind.variable())),
        },
        _ => match launch(kind).await {
            Ok((url, server)) => Found::Here(Arc::new(url), Some(Box::new(server))),
            Err(why) => Found::Nowhere(why.into()),
        },
    }
}

async fn named(kind: Kind, value: &str) -> Result<Url, String> {
    let (scheme, name) = (kind.schemes()[0], kind.name());
    let wanted = format!("name a {name} server by a URL such as {scheme}://user:password@host");
    let url = Url::parse(value).map_err(|error| format!("it is no URL ({error}): {wanted}"))?;
    if !kind.schemes().contains(&url.scheme()) {
        return Err(format!("it begins with `{}:`: {wanted}", url.scheme()));
    }
    probe::probe(kind, value)
        .await
        .map_err(|error| format!("the server does not answer: {error}"))?;
    Ok(url)
}

async fn launch(kind: Kind) -> Result<(Url, Server), String> {
    let server = Server::launch(kind).await.map_err(|why| {
        let (variable, package) = (kind.variable(), kind.package());
        format!(
            "{why}. Name a server by {variable}, or install one (on Debian the package {package})"
        )
    })?;
    let url = Url::parse(&server.url).expect("the kit writes URLs");
    Ok((url, server))
}
