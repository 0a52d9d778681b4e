//! A backend with a plugin that keeps something, as its author would write it.

mod migrations;
mod teas;

use std::process::ExitCode;

use greenroom::prelude::*;

/// The teas of a shop.
#[backend_plugin(id = "tea")]
async fn tea(database: Database, http_router: HttpRouter) -> Result<()> {
    database.migrate::<migrations::Migrator>().await?;
    let teas = teas::Teas::new(database.client().await?);
    http_router.mount(
        Router::new()
            .route("/teas", get(teas::all).post(teas::add))
            .with_state(teas),
    );
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/teas"));
    Ok(())
}

/// Keeps nothing.
#[backend_plugin(id = "hello")]
async fn hello(http_router: HttpRouter) {
    http_router.mount(Router::new().route("/", get(async || "hello")));
}

#[tokio::main]
async fn main() -> ExitCode {
    backend![greenroom::defaults, tea, hello].run().await
}
