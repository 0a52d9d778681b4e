//! The plugin `example`: a file for each kind of route.

use greenroom::prelude::*;

mod answers;
mod any;
mod bodies;
mod callers;
mod calls;
mod cookies;
mod errors;
mod paths;
mod query;
mod request;
mod search;
mod services;

use services::Services;

#[backend_plugin(id = "example")]
pub async fn plugin(
    http_router: HttpRouter,
    logger: Logger,
    http_auth: Option<HttpAuth>,
    auth: Option<Auth>,
    user_info: Option<UserInfo>,
) -> Result<()> {
    http_router.mount(answers::routes());
    http_router.mount(bodies::routes());
    http_router.mount(errors::routes());
    http_router.mount(paths::routes());
    http_router.mount(request::routes());
    http_router.mount(search::routes());
    if let (Some(http_auth), Some(auth), Some(user_info)) = (http_auth, auth, user_info) {
        let services = Services {
            http_auth,
            auth,
            user_info,
        };
        http_router.mount(callers::routes(services.clone()));
        http_router.mount(cookies::routes(services.clone()));
        http_router.mount(calls::routes(services));
    } else {
        logger.warn(
            "Nothing here knows whose a token is: the routes that ask who calls are not there",
        );
    }
    for policy in paths::policies() {
        http_router.add_auth_policy(policy);
    }
    Ok(())
}
