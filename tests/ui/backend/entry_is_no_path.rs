// Entries are paths.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

fn main() {
    let _ = backend![greenroom::defaults, "shop"];
}
