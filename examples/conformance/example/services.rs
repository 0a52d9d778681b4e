//! What the routes that ask who calls take, as their shared state.

use greenroom::prelude::*;

#[derive(Clone)]
pub struct Services {
    pub http_auth: HttpAuth,
    pub auth: Auth,
    pub user_info: UserInfo,
}
