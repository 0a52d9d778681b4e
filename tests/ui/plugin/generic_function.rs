// The container calls the function as it stands.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin<T: Send>(logger: Logger) {}

fn main() {
    let _ = backend![greenroom::defaults, plugin];
}
