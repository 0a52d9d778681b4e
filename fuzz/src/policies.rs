//! Path policies: a request without credentials reaches a handler only where a pattern opens its path.
//!
//! An input is lines: policies (`open <pattern>` or `cookie <pattern>`), and last the target of a request to the plugin
//! `example`. What the barrier makes of it is compared with [`path_to_regexp`](super::path_to_regexp).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use axum::routing::any;
use greenroom::auth::{
    Auth, AuthError, AuthService, Credentials, LimitedUserToken, PublicKey, ServicePrincipal,
    Token, TokenAccess, UserPrincipal,
};
use greenroom::config::{Config, FromConfig as _};
use greenroom::http_auth::{Allow, HttpAuthService};
use greenroom::http_router::{
    AuthPolicy, HttpRouterError, HttpRouterParts, HttpRouterSettings, OnError, create,
};
use greenroom::lifecycle::{BackendState, PluginState};
use greenroom::logger::{Fields, Level, Logger, LoggerService, RootLogger, RootLoggerService};
use greenroom::root_health;
use greenroom::root_http_router::{HttpSettings, RootHttpRouter, RootRouter};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use super::path_to_regexp::{Reference, Verdict, read};

/// Where the plugin is mounted.
const MOUNT: &str = "/api/example";
/// Open in every plugin.
const KEYS: &str = "/.backstage/auth/v1/jwks.json";

/// Sends the request of an input past the policies of an input.
///
/// # Panics
///
/// A property does not hold.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines: Vec<&str> = text.split('\n').collect();
    let target = lines.pop().unwrap_or_default();
    // Identifiers of JavaScript and its idea of case are judged for ASCII alone.
    if lines.len() > 4 || target.len() > 4096 || lines.iter().any(|line| !line.is_ascii()) {
        return;
    }
    let plugin = Plugin::new();
    let (mut open, mut cookie) = (Vec::new(), Vec::new());
    for line in lines {
        let Some((allow, pattern)) = line.split_once(' ') else {
            return;
        };
        let (policy, list) = match allow {
            "open" => (AuthPolicy::unauthenticated(pattern.to_owned()), &mut open),
            "cookie" => (AuthPolicy::user_cookie(pattern.to_owned()), &mut cookie),
            _ => return,
        };
        let refused = plugin.refuses(policy);
        match read(pattern) {
            Verdict::TooLarge => return,
            Verdict::Malformed => assert!(refused, "{pattern} is malformed"),
            Verdict::Opens(reference) => {
                assert!(!refused, "{pattern} is well formed");
                list.push(reference);
            }
        }
    }
    let Ok(uri) = Uri::try_from(target) else {
        return;
    };
    let Some(path) = below_the_mount(uri.path()) else {
        let (_, handled) = plugin.ask(uri, false);
        assert_eq!(handled, None, "outside of the plugin");
        return;
    };
    let asked = path.strip_suffix('/').unwrap_or(&path);
    if asked.eq_ignore_ascii_case(KEYS) {
        return;
    }
    let opens = |patterns: &[Reference]| patterns.iter().any(|pattern| pattern.opens(&path));
    let (open, cookie) = (opens(&open), opens(&cookie));
    for (with_cookie, admitted) in [(false, open), (true, open || cookie)] {
        let (status, handled) = plugin.ask(uri.clone(), with_cookie);
        assert_eq!(
            status != 401,
            admitted,
            "{path} with a cookie: {with_cookie}"
        );
        if let Some(handled) = handled {
            assert!(admitted, "{handled} was handled");
            // The router sees what was judged, but for case and one slash at the end.
            let same = handled.eq_ignore_ascii_case(&path) || handled.eq_ignore_ascii_case(asked);
            assert!(same, "judged {path}, handled {handled}");
        }
    }
}

/// What the plugin sees of a path, if it is the plugin's.
fn below_the_mount(path: &str) -> Option<String> {
    let start = path.get(..MOUNT.len())?;
    let rest = &path[MOUNT.len()..];
    if !start.eq_ignore_ascii_case(MOUNT) || !(rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    // The mount eats one of two slashes.
    let rest = if rest.starts_with("//") {
        &rest[1..]
    } else {
        rest
    };
    Some(if rest.is_empty() { "/" } else { rest }.to_owned())
}

/// A plugin that is up, and takes note of what its handlers see.
struct Plugin {
    root: RootHttpRouter,
    router: greenroom::http_router::HttpRouter,
    state: watch::Sender<PluginState>,
    refused: Arc<AtomicUsize>,
    handled: Arc<Mutex<Vec<String>>>,
}

impl Plugin {
    fn new() -> Self {
        static SETTINGS: OnceLock<(HttpSettings, HttpRouterSettings)> = OnceLock::new();
        let (http, settings) = SETTINGS.get_or_init(|| {
            let config = Config::empty();
            let http = HttpSettings::from_config(&config).expect("defaults are valid");
            let router = HttpRouterSettings::from_config(&config).expect("defaults are valid");
            (http, router)
        });
        let logger: Logger = Arc::new(Silence);
        let root_logger: RootLogger = Arc::new(Silence);
        let (_, ready) = watch::channel(BackendState::Ready);
        let health = root_health::from_state(ready, []);
        let root: RootHttpRouter = RootRouter::new(http, &root_logger, health, None);
        let (state, watched) = watch::channel(PluginState::Starting);
        let refused = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&refused);
        let on_error: OnError = Arc::new(move |error| {
            assert!(
                matches!(error, HttpRouterError::MalformedPolicy { .. }),
                "{error}"
            );
            count.fetch_add(1, Ordering::Relaxed);
        });
        let router = create(HttpRouterParts {
            plugin_id: "example",
            settings: *settings,
            logger: &logger,
            auth: Arc::new(Nobody) as Auth,
            http_auth: Arc::new(Nobody),
            root: &root,
            state: watched,
            on_error,
        });
        let router = router.expect("nothing else is mounted there");
        let handled = Arc::new(Mutex::new(Vec::new()));
        router.mount(routes(&handled));
        Self {
            root,
            router,
            state,
            refused,
            handled,
        }
    }

    /// Adds a policy; tells whether it was refused.
    fn refuses(&self, policy: AuthPolicy) -> bool {
        let before = self.refused.load(Ordering::Relaxed);
        self.router.add_auth_policy(policy);
        self.refused.load(Ordering::Relaxed) > before
    }

    /// The status, and the path that a handler has seen.
    fn ask(&self, uri: Uri, with_cookie: bool) -> (u16, Option<String>) {
        self.state.send_replace(PluginState::Started);
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri;
        if with_cookie {
            let cookie = header::HeaderValue::from_static("backstage-auth=limited");
            request.headers_mut().insert(header::COOKIE, cookie);
        }
        let answer = runtime().block_on(Arc::clone(&self.root).answer(request));
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        (answer.status().as_u16(), handled.pop())
    }
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime can be made")
    })
}

/// Routes of every kind, which all do the same, and one for all the rest.
fn routes(handled: &Arc<Mutex<Vec<String>>>) -> Router {
    let handler = || {
        let handled = Arc::clone(handled);
        any(async move |request: Request| {
            let path = request.uri().path().to_owned();
            handled
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(path);
        })
    };
    let paths = [
        "/",
        "/health",
        "/private",
        "/private/{id}",
        "/open/{id}",
        "/files/{*rest}",
        "/a/b/",
    ];
    let routes = paths
        .into_iter()
        .fold(Router::new(), |routes, path| routes.route(path, handler()));
    routes.fallback_service(handler().with_state::<()>(()))
}

/// Knows no token; a cookie makes a user, whatever is in it.
struct Nobody;

#[async_trait]
impl HttpAuthService for Nobody {
    async fn credentials(&self, request: &Parts, allow: Allow) -> Result<Credentials, AuthError> {
        let has_cookie = request.headers.contains_key(header::COOKIE);
        allow.check(match allow.token_access() {
            TokenAccess::Limited if has_cookie => Credentials::user("user:default/jane").into_any(),
            _ => Credentials::none().into_any(),
        })
    }

    async fn issue_user_cookie(
        &self,
        _: &Parts,
        _: &mut HeaderMap,
        _: Option<Credentials>,
    ) -> Result<SystemTime, AuthError> {
        Ok(UNIX_EPOCH)
    }
}

#[async_trait]
impl AuthService for Nobody {
    async fn authenticate(&self, _: &str, _: TokenAccess) -> Result<Credentials, AuthError> {
        Ok(Credentials::none().into_any())
    }

    fn own_service_credentials(&self) -> Credentials<ServicePrincipal> {
        Credentials::service("plugin:example")
    }

    async fn plugin_request_token(
        &self,
        _: &Credentials,
        _: &str,
    ) -> Result<Option<Token>, AuthError> {
        Ok(None)
    }

    async fn limited_user_token(
        &self,
        _: &Credentials<UserPrincipal>,
    ) -> Result<LimitedUserToken, AuthError> {
        Ok(LimitedUserToken {
            token: Token::new("limited"),
            expires_at: UNIX_EPOCH,
        })
    }

    async fn list_public_service_keys(&self) -> Result<Vec<PublicKey>, AuthError> {
        Ok(Vec::new())
    }
}

/// Logs nothing.
struct Silence;

impl LoggerService for Silence {
    fn log(&self, _: Level, _: &str, _: &Fields) {}

    fn enabled(&self, _: Level) -> bool {
        false
    }

    fn child(&self, _: Fields) -> Logger {
        Arc::new(Self)
    }
}

impl RootLoggerService for Silence {
    fn logger(&self, _: Fields) -> Logger {
        Arc::new(Self)
    }

    fn dispatch(&self) -> tracing::Dispatch {
        tracing::Dispatch::none()
    }
}
