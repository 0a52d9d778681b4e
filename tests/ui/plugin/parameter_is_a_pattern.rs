// A parameter has a name, which the reports use.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin(_: Logger, (a, b): (Logger, RootLogger)) {}

fn main() {
    let _ = backend![greenroom::defaults, plugin];
}
