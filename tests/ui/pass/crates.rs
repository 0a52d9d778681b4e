// A library, a plugin and a module, each in a crate of its own.
use greenroom::prelude::*;

fn main() {
    let _ = backend![
        greenroom::defaults,
        shop_node::defaults,
        shop_backend_module_discounts::module,
        shop_backend_module_discounts::half,
        shop_backend_module_discounts::colours,
        shop_backend_module_discounts::tags,
        shop_backend::plugin,
    ];
}
