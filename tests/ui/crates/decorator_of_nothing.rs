// GR0012: a decorator of a library, without the service.
use greenroom::prelude::*;

fn main() {
    let _ = backend![shop_node::reduced];
}
