// GR0008: a stand-in does not hide what is wrong with the module itself.
use greenroom::prelude::*;
use greenroom_test_kit::test_backend;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
pub struct Sources;

#[backend_module(plugin = "shop", id = "files")]
async fn module(_sources: &mut Sources) {}

fn main() {
    let _ = test_backend![module];
}
