// A service is shared by its `Arc`.
#![allow(unused)]
use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin(config: &RootConfig, name: &str) {}

fn main() {
    assert_wired![greenroom::defaults, plugin];
}
