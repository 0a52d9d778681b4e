//! The default factory of `core.userInfo`.

use std::sync::Arc;

use greenroom_di_macros::service_factory;

use super::UserInfoService;
use super::service::PluginUserInfo;
use crate::clock::Clock;
use crate::discovery::Discovery;
use crate::http_client::HttpClient;

/// Provides `core.userInfo`: from the user's token, or from the auth plugin.
#[service_factory]
pub fn user_info(
    client: HttpClient,
    discovery: Discovery,
    clock: Clock,
) -> Arc<dyn UserInfoService> {
    Arc::new(PluginUserInfo::new(client, discovery, clock))
}
