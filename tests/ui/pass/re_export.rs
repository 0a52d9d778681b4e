// A feature and a service keep their identity under another path.
mod inner {
    use std::sync::Arc;

    use greenroom::prelude::*;

    #[service(id = "shop.prices")]
    pub trait Prices: Send + Sync {}

    struct Free;

    impl Prices for Free {}

    #[service_factory]
    pub fn prices() -> Arc<dyn Prices> {
        Arc::new(Free)
    }

    #[backend_plugin(id = "shop")]
    pub async fn plugin(prices: Arc<dyn crate::api::PriceService>) {
        drop(prices);
    }
}

mod api {
    pub use crate::inner::{Prices as PriceService, plugin as shop, prices as default_prices};
}

fn main() {
    let _ = greenroom::backend![api::shop, api::default_prices];
}
