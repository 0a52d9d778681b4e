// GR0008: a module writes to a point of another plugin; three crates meet.
use greenroom::prelude::*;

fn main() {
    let _ = backend![
        greenroom::defaults,
        shop_node::defaults,
        shop_backend::plugin,
        shop_backend::till,
        shop_backend_module_discounts::foreign,
    ];
}
