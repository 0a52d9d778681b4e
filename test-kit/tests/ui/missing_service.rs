// GR0001: the kit's defaults are there, the plugin's own service is not.
use greenroom::prelude::*;
use greenroom_test_kit::test_backend;
use std::sync::Arc;

#[service(id = "shop.prices", provided_by = "shop::prices")]
pub struct Prices;

#[backend_plugin(id = "shop")]
async fn plugin(_prices: Arc<Prices>, _logger: Logger) {}

fn main() {
    let _ = test_backend![plugin];
}
