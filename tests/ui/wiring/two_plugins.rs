// GR0005: two plugins with one id.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

mod one {
    #[greenroom::backend_plugin(id = "shop")]
    pub async fn plugin() {}
}

mod two {
    #[greenroom::backend_plugin(id = "shop")]
    pub async fn plugin() {}
}

fn main() {
    let _ = backend![one::plugin, two::plugin];
}
