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
//! A user comes in by a provider. There is one here, for guests: `auth.providers.guest`. It lets everybody in, so it is
//! for development only.
//!
//! The routes are those of Backstage, so that its frontend can sign in:
//!
//! | route | |
//! |---|---|
//! | `GET /.well-known/jwks.json` | the keys by which users' tokens are verified |
//! | `GET /.well-known/openid-configuration` | where the others are |
//! | `GET /v1/userinfo` | in whose name the user of a token owns things |
//! | `GET /guest/refresh`, `POST /guest/refresh` | signs a guest in |
//!
//! All are open, because nobody has a token yet who comes for one.
//!
//! Which user somebody is can be decided by a module: `greenroom-auth-node` has the extension point.
//!
//! It takes `core.rootAuth`, so a test that lists it lists the real services of `core.auth` and `core.rootAuth` too. It
//! deliberately has no sessions and no database: a guest needs no session, and what is known of users is in memory until
//! there is a database service.

mod answers;
mod guest;
mod oidc;
mod router;
mod settings;
mod sign_in;
mod user_store;

use std::sync::Arc;

use greenroom::auth::RootAuth;
use greenroom::config::ServiceSettings;
use greenroom::prelude::*;

use greenroom_auth_node::SignInResolvers;
use guest::Guest;
use router::AuthPlugin;
use settings::AuthBackendSettings;
use sign_in::SignIn;
use user_store::MemoryUsers;

/// The plugin.
#[backend_plugin(id = "auth")]
pub async fn plugin(
    mut resolvers: SignInResolvers,
    settings: ServiceSettings<AuthBackendSettings>,
    root_auth: Arc<RootAuth>,
    auth: Auth,
    discovery: Discovery,
    logger: Logger,
    http_router: HttpRouter,
) -> Result<()> {
    for name in &settings.unknown_providers {
        logger.warn(format!(
            "`auth.providers.{name}` is configured, but there is no provider of this name: nobody can sign in by it"
        ));
    }
    let resolver = resolvers.take("guest");
    for provider in resolvers.providers() {
        logger.warn(format!(
            "A module has a sign-in resolver for `{provider}`, but there is no auth provider of this name"
        ));
    }
    let base_url = discovery.external_base_url("auth").await?;
    let issuer = root_auth.user_token_issuer(&settings.tokens, base_url.clone(), logger)?;
    let users = Arc::new(MemoryUsers::default());
    let sign_in = SignIn::new(issuer, users, settings.names_owners);
    http_router.mount(router::create(Arc::new(AuthPlugin {
        auth,
        sign_in,
        guest: settings
            .guest
            .clone()
            .map(|user| Guest::new(user, resolver)),
        base_url,
    })));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/"));
    Ok(())
}
