// GR0001: an id that is close to a provided one is offered.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

mod old {
    #[greenroom::service(id = "shop.price-list")]
    pub trait PriceList: Send + Sync {}
}

mod new {
    #[greenroom::service(id = "shop.price-lists")]
    pub trait PriceLists: Send + Sync {}
}

#[service_factory]
fn price_lists() -> Arc<dyn new::PriceLists> {
    unimplemented!()
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn old::PriceList>) {}

fn main() {
    let _ = backend![price_lists, plugin];
}
