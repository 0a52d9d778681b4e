// Nothing but an extension point is lent.
#![allow(unused)]
use greenroom::prelude::*;

struct Sources;

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: &mut Sources, logger: Logger) {}

fn main() {
    assert_wired![greenroom::defaults, module];
}
