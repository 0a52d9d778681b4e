// A factory and a parameter of one name in one module.
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices: Send + Sync {}

struct Free;

impl Prices for Free {}

#[service_factory]
fn prices() -> Arc<dyn Prices> {
    Arc::new(Free)
}

#[backend_plugin(id = "shop")]
async fn plugin(prices: Arc<dyn Prices>, logger: Logger) {
    let plugin = prices;
    drop((plugin, logger));
}

#[backend_plugin(id = "run")]
fn run() {}

fn main() {
    let _ = backend![greenroom::defaults, prices, plugin, run];
}
