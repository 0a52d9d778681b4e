// GR0013: two versions of the interface are in one program.
use greenroom::prelude::*;

fn main() {
    let _ = backend![old_shop_node::prices, shop_backend::till];
}
