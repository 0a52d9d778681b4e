// A parameter names one service.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

use greenroom::logger::LoggerService;

#[backend_plugin(id = "shop")]
async fn plugin(logger: Arc<impl LoggerService>) {}

fn main() {
    let _ = backend![greenroom::defaults, plugin];
}
