// Neither is a type.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

struct Plugin;

fn main() {
    let _ = backend![greenroom::defaults, Plugin];
}
