//! The plugin `example`: a list of things to do.

use greenroom::prelude::*;

mod router;
mod settings;
mod store;

pub use store::todo_store;

use settings::ExampleSettings;
use store::TodoStore;

#[backend_plugin(id = "example")]
pub async fn plugin(
    http_router: HttpRouter,
    logger: Logger,
    settings: Settings<ExampleSettings>,
    store: TodoStore,
) -> Result<()> {
    for title in &settings.welcome {
        store.add(title)?;
    }
    logger.info(format!("There are {} things to do", store.all().len()));

    // Every path wants credentials, but for those that a policy opens.
    http_router.mount(router::create(store));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
    Ok(())
}

#[cfg(test)]
mod tests;
