// GR0010: modules of a crate wait for each other.
use greenroom::prelude::*;

fn main() {
    let _ = backend![
        shop_backend::another,
        shop_backend_module_discounts::tags,
        shop_backend_module_discounts::looping,
    ];
}
