// GR0002: an override that needs what the default needs is where the cycle is reported.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

use greenroom::config::RootConfigService;

#[service_factory]
fn my_config(logger: RootLogger) -> Arc<dyn RootConfigService> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(logger: Logger) {}

fn main() {
    let _ = backend![greenroom::defaults, my_config, plugin];
}
