//! The greenroom backend: one plugin, every default service, nothing configured but the address.

use std::process::ExitCode;

use greenroom::prelude::*;

use crate::handler::health;

#[backend_plugin(id = "example")]
fn plugin(http_router: HttpRouter) {
    http_router.mount(Router::new().route("/health", get(health)));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
}

pub(crate) async fn run() -> ExitCode {
    // The arguments of this process are not the backend's.
    let arguments = ["greenroom".into()];
    backend![greenroom::defaults, plugin]
        .run_with(arguments)
        .await
}
