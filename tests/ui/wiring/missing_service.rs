// GR0001: nobody provides what the plugin needs; the service says who usually does.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin(logger: Logger) {}

fn main() {
    let _ = backend![plugin];
}
