// GR0006: two modules of a plugin with one id.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "catalog")]
async fn plugin() {}

mod one {
    #[greenroom::backend_module(plugin = "catalog", id = "files")]
    pub async fn module() {}
}

mod two {
    #[greenroom::backend_module(plugin = "catalog", id = "files")]
    pub async fn module() {}
}

fn main() {
    let _ = backend![plugin, one::module, two::module];
}
