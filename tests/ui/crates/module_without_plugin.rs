// GR0007: a module crate without its plugin crate.
use greenroom::prelude::*;

fn main() {
    let _ = backend![greenroom::defaults, shop_backend_module_discounts::module];
}
