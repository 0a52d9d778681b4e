//! The plugin `example`: a file for each kind of route.

use greenroom::prelude::*;

mod answers;
mod any;
mod bodies;
mod callers;
mod calls;
mod cookies;
mod counted;
mod errors;
mod paths;
mod query;
mod request;
mod search;
mod sent;
mod services;
mod thing;
mod things;
mod tokens;

use request::Asked;
use services::Services;

#[backend_plugin(id = "example")]
pub async fn plugin(
    http_router: HttpRouter,
    auth: Auth,
    cache: Cache,
    database: Database,
    discovery: Discovery,
    http_client: HttpClient,
    plugin: PluginMetadata,
    root_config: RootConfig,
    user_info: UserInfo,
) -> Result<()> {
    database.migrate::<thing::Migrator>().await?;
    let things = database.client().await?;
    let services = Services {
        auth,
        discovery,
        http_client,
        plugin,
        user_info,
    };
    http_router.mount(answers::routes());
    http_router.mount(bodies::routes());
    http_router.mount(callers::routes(services.clone()));
    http_router.mount(calls::routes(services.clone()));
    http_router.mount(cookies::routes(services.clone()));
    http_router.mount(counted::routes(cache));
    http_router.mount(errors::routes());
    http_router.mount(paths::routes());
    http_router.mount(request::routes(Asked::as_configured(&root_config)?));
    http_router.mount(search::routes());
    http_router.mount(things::routes(things));
    http_router.mount(tokens::routes(services));
    for policy in paths::policies() {
        http_router.add_auth_policy(policy);
    }
    Ok(())
}
