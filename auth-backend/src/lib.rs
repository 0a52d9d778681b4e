//! The auth plugin: signs users in and issues their tokens, below `/api/auth`.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use greenroom::prelude::*;
//!
//! #[tokio::main]
//! async fn main() -> ExitCode {
//!     backend![greenroom::defaults, greenroom_auth_backend::plugin].run().await
//! }
//! ```
//!
//! A user comes in by a provider. There are two here: for guests, `auth.providers.guest`, which lets everybody in, so it
//! is for development only; and for the people of an identity provider, by OpenID Connect, `auth.providers.oidc`.
//!
//! The routes are those of Backstage, so that its frontend can sign in:
//!
//! | route | |
//! |---|---|
//! | `GET /.well-known/jwks.json` | the keys by which users' tokens are verified |
//! | `GET /.well-known/openid-configuration` | where the others are |
//! | `GET /v1/userinfo` | in whose name the user of a token owns things |
//! | `GET /guest/refresh`, `POST /guest/refresh` | signs a guest in |
//! | `GET /oidc/start` | sends a browser to the identity provider |
//! | `GET /oidc/handler/frame`, `POST /oidc/handler/frame` | where it comes back to, and is told who it is |
//! | `GET /oidc/refresh`, `POST /oidc/refresh` | a new token, by the cookie that was set then |
//! | `POST /oidc/logout` | takes the cookie away, and tells the identity provider |
//!
//! All are open, because nobody has a token yet who comes for one.
//!
//! Which user somebody is can be decided by a module: `greenroom-auth-node` has the extension point.
//!
//! It takes `core.rootAuth`, so a test that lists it lists the real services of `core.auth` and `core.rootAuth` too.
//!
//! It deliberately keeps no sessions. The session of a guest is none, and that of anybody else is the refresh token of
//! the identity provider, in a cookie. What it has to remember is small, and in its database: what is known of users,
//! which sign-ins have begun, and by which keys tokens are signed. So its replicas are one, and a restart signs nobody out,
//! if the database outlives the process.

mod answers;
mod guest;
mod oauth;
mod oidc;
mod openid;
mod origins;
mod percent;
mod person;
mod resolvers;
mod router;
mod settings;
mod sign_in;
mod store;

use std::sync::Arc;

use greenroom::auth::RootAuth;
use greenroom::config::ServiceSettings;
use greenroom::prelude::*;
use url::Url;

use greenroom_auth_node::{SignInResolver, SignInResolvers};
use guest::Guest;
use oauth::{Environments, Journey};
use openid::IdentityProvider;
use person::People;
use resolvers::Catalog;
use router::AuthPlugin;
use settings::{AuthBackendSettings, OpenIdSettings};
use sign_in::SignIn;
use store::{PendingSignIns, Stores};

const OIDC: &str = "oidc";

/// The plugin.
#[backend_plugin(id = "auth")]
pub async fn plugin(
    mut resolvers: SignInResolvers,
    settings: ServiceSettings<AuthBackendSettings>,
    root_auth: Arc<RootAuth>,
    auth: Auth,
    clock: Clock,
    database: Database,
    discovery: Discovery,
    http_client: HttpClient,
    logger: Logger,
    http_router: HttpRouter,
) -> Result<()> {
    for name in &settings.unknown_providers {
        logger.warn(format!(
            "`auth.providers.{name}` is configured, but there is no provider of this name: nobody can sign in by it"
        ));
    }
    let guests = resolvers.take("guest");
    let people = settings.openid.as_ref().and_then(|_| resolvers.take(OIDC));
    for provider in resolvers.providers() {
        logger.warn(format!(
            "A module has a sign-in resolver for `{provider}`, but there is no auth provider of this name"
        ));
    }
    let base_url = discovery.external_base_url("auth").await?;
    let Stores { users, pending } = Stores::open(&database, &clock, &logger).await?;
    let issuer = root_auth.user_token_issuer(&settings.tokens, &base_url, logger.clone());
    let sign_in = Arc::new(SignIn::new(issuer.await?, users, settings.names_owners));
    let openid = match &settings.openid {
        None => None,
        Some(openid) => {
            let catalog = Catalog::new(auth.clone(), discovery, http_client.clone());
            let services = Services {
                catalog: Arc::new(catalog),
                clock,
                http_client,
                logger,
                pending,
                sign_in: Arc::clone(&sign_in),
            };
            Some(services.environments(openid, &base_url, people)?)
        }
    };
    http_router.mount(router::create(Arc::new(AuthPlugin {
        auth,
        sign_in,
        guest: settings.guest.clone().map(|user| Guest::new(user, guests)),
        openid,
        base_url,
    })));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("*"));
    Ok(())
}

/// What the provider of OpenID Connect needs.
struct Services {
    catalog: Arc<Catalog>,
    clock: Clock,
    http_client: HttpClient,
    logger: Logger,
    pending: PendingSignIns,
    sign_in: Arc<SignIn>,
}

impl Services {
    fn environments(
        self,
        settings: &OpenIdSettings,
        base_url: &str,
        resolver: Option<Arc<dyn SignInResolver>>,
    ) -> Result<Arc<Environments>> {
        for key in &settings.unknown {
            let warning = format!("`{key}` is not known: nobody reads it");
            self.logger.warn(warning);
        }
        let own = Url::parse(&format!("{base_url}/{OIDC}/handler/frame"))?;
        let journey = |environment: &settings::Environment| {
            if environment.metadata_url.scheme() == "http" {
                self.logger.warn(format!(
                    "`{}.metadataUrl` begins with `http://`: who can change what is sent there can be anybody here",
                    environment.key
                ));
            }
            let callback = environment.callback_url.as_ref().unwrap_or(&own);
            let people = People {
                provider: OIDC,
                resolvers: environment.resolvers.clone(),
                resolver: resolver.clone(),
                catalog: Arc::clone(&self.catalog),
                sign_in: Arc::clone(&self.sign_in),
            };
            let identity_provider = IdentityProvider::new(
                environment.clone(),
                self.http_client.clone(),
                self.clock.clone(),
                callback,
            );
            Journey::new(OIDC, callback, identity_provider, people)
        };
        let all = settings.environments.iter();
        let all = all.map(|(name, environment)| (name.clone(), journey(environment)));
        Ok(Arc::new(Environments {
            provider: OIDC,
            all: all.collect(),
            origins: settings.origins.clone(),
            pending: self.pending,
            logger: self.logger,
        }))
    }
}
