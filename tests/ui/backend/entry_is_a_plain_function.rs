// A function without an attribute is no feature.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

async fn plugin() {}

fn main() {
    let _ = backend![plugin];
}
