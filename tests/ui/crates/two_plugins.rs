// GR0005: two plugins of one crate have one id.
use greenroom::prelude::*;

fn main() {
    let _ = backend![
        greenroom::defaults,
        shop_node::defaults,
        shop_backend::plugin,
        shop_backend::another,
    ];
}
