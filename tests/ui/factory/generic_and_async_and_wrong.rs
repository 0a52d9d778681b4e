// All mistakes of a function at once; the function is there all the same.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service_factory(early)]
async unsafe fn stock<'a, const N: usize>(self, logger: &'a impl Copy) -> Arc<u8> {
    unimplemented!()
}

fn main() {
    let _ = stock;
    let _ = backend![stock];
}
