// GR0009: a module writes to what no module offers.
use greenroom::prelude::*;

fn main() {
    let _ = backend![
        greenroom::defaults,
        shop_node::defaults,
        shop_backend::plugin,
        shop_backend_module_discounts::colours,
    ];
}
