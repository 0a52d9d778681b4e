// An extension point is borrowed to write to it.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<String>);

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: &Sources) {}

fn main() {
    assert_wired![greenroom::defaults, module];
}
