// GR0013: one id, two declarations.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

mod one {
    #[greenroom::service(id = "shop.prices")]
    pub trait Prices: Send + Sync {}
}

mod two {
    #[greenroom::service(id = "shop.prices")]
    pub trait Prices: Send + Sync {}
}

#[service_factory]
fn prices() -> Arc<dyn two::Prices> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn one::Prices>) {}

fn main() {
    let _ = backend![prices, plugin];
}
