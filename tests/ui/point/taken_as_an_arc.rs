// An extension point is no service: it has one owner, who takes it by value.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<String>);

#[backend_plugin(id = "catalog")]
async fn plugin(sources: Arc<Sources>) {}

fn main() {
    assert_wired![greenroom::defaults, plugin];
}
