// An explicit factory replaces a default, even one that would not be wired.
use std::sync::Arc;

use greenroom::config::{Config, RootConfigService, StaticConfig};
use greenroom::prelude::*;

#[service_factory]
fn my_config() -> Arc<dyn RootConfigService> {
    Arc::new(StaticConfig::new(Config::empty()))
}

#[backend_plugin(id = "shop")]
async fn plugin(config: RootConfig) {
    drop(config);
}

fn main() {
    let _ = backend![my_config, greenroom::defaults, plugin];
}
