// There are many of it, or none.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.checks", multiton)]
trait Check: Send + Sync {}

#[backend_plugin(id = "shop")]
async fn plugin(check: Arc<dyn Check>, perhaps: Option<Arc<dyn Check>>) {}

fn main() {
    assert_wired![greenroom::defaults, plugin];
}
