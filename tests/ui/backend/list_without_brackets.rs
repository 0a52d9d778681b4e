// What `features!` takes.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

features! {
    pub shop = plugin
}

fn main() {}
