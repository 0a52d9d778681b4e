// GR0003: two crates provide one service.
use greenroom::prelude::*;

fn main() {
    let _ = backend![shop_node::prices, shop_backend_module_discounts::prices, shop_backend::till];
}
