// The attribute goes on a function.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
struct Plugin;

fn main() {}
