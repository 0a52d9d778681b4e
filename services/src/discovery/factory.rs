//! The default factory of `core.discovery`.

use std::sync::Arc;

use greenroom_di_macros::service_factory;

use super::service::HostDiscovery;
use super::{DiscoveryService, DiscoverySettings};
use crate::config::ServiceSettings;
use crate::root_http_router::RootHttpRouter;

/// Provides `core.discovery` from the configuration and the address of the backend's listener, if it has one.
#[service_factory]
pub fn discovery(
    settings: ServiceSettings<DiscoverySettings>,
    router: Option<RootHttpRouter>,
) -> Arc<dyn DiscoveryService> {
    let address = router.and_then(|router| router.address());
    Arc::new(HostDiscovery::new(&settings, address))
}
