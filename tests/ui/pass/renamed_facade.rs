// The facade may have another name; `crate = …` tells it.
mod vendor {
    pub mod platform {
        pub use greenroom::*;
    }
}

use vendor::platform::prelude::Logger;
use vendor::platform::{backend, backend_plugin, features, service, service_factory};

#[service(id = "shop.stock", scope = "root", crate = crate::vendor::platform)]
struct Stock;

#[service_factory(crate = crate::vendor::platform)]
fn stock() -> std::sync::Arc<Stock> {
    std::sync::Arc::new(Stock)
}

#[backend_plugin(id = "shop", crate = crate::vendor::platform)]
async fn plugin(logger: Logger, stock: std::sync::Arc<Stock>) {
    drop((logger, stock));
}

features! {
    crate = crate::vendor::platform;
    shop = [stock, plugin]
}

fn main() {
    let _ = backend![crate = crate::vendor::platform; vendor::platform::defaults, shop];
}
