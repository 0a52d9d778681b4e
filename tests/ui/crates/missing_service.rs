// GR0001: a plugin of one crate needs a service of another, and the program lists no factory.
use greenroom::prelude::*;

fn main() {
    let _ = backend![greenroom::defaults, shop_backend::till];
}
