// A module says which plugin it extends.
#![allow(unused)]
use greenroom::prelude::*;

#[backend_module(id = "files")]
async fn module(logger: Logger) {}

fn main() {
    assert_wired![greenroom::defaults, module];
}
