//! The greenroom backend: one plugin beside the auth plugin, every default service, nothing configured but the address
//! and the guest.

use std::process::ExitCode;

use greenroom::prelude::*;

use crate::answers::{Order, Who, health};

#[backend_plugin(id = "example")]
fn plugin(http_router: HttpRouter) {
    let routes = Router::new()
        .route("/who", get(who))
        .route("/health", get(health))
        .route("/echo", post(echo));
    http_router.mount(routes);
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/health"));
    http_router.add_auth_policy(AuthPolicy::unauthenticated("/echo"));
}

async fn who(user: Credentials<UserPrincipal>) -> Json<Who> {
    let user_entity_ref = user.principal().user_entity_ref.clone();
    Json(Who { user_entity_ref })
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}

pub(crate) async fn run() -> ExitCode {
    // The arguments of this process are not the backend's.
    let arguments = ["greenroom".into()];
    backend![greenroom::defaults, plugin, greenroom_auth_backend::plugin]
        .run_with(arguments)
        .await
}
