// GR0002: a cycle through two crates.
use greenroom::prelude::*;

fn main() {
    let _ = backend![shop_node::prices, shop_node::reduced, shop_backend::rebates, shop_backend::till];
}
