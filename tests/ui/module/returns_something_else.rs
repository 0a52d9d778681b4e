// A module's init returns what a plugin's returns.
#![allow(unused)]
use greenroom::prelude::*;

#[backend_module(plugin = "catalog", id = "files")]
async fn module(logger: Logger) -> u8 {
    0
}

fn main() {
    assert_wired![greenroom::defaults, module];
}
