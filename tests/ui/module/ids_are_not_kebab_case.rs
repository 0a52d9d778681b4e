// Both ids of a module are checked, and both mistakes are told.
#![allow(unused)]
use greenroom::prelude::*;

#[backend_module(plugin = "TechDocs", id = "git_hub")]
async fn module(logger: Logger) {}

fn main() {
    assert_wired![greenroom::defaults, module];
}
