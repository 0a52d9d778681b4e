// What a factory may return is said on its return type.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

struct Prices;

#[service_factory]
fn prices() -> Arc<Prices> {
    Arc::new(Prices)
}

fn main() {
    let _ = backend![prices];
}
