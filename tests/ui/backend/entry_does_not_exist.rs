// A path that leads nowhere is said once.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

fn main() {
    let _ = backend![greenroom::defaults, shop::plugin];
}
