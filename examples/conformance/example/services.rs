//! What the routes ask, as their shared state.

use greenroom::prelude::*;

#[derive(Clone)]
pub struct Services {
    pub auth: Auth,
    pub discovery: Discovery,
    pub http_client: HttpClient,
    pub plugin: PluginMetadata,
    pub user_info: UserInfo,
}
