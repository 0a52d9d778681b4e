// The container runs an init on any thread.
#![allow(unused)]
use std::rc::Rc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<String>);

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: &mut Sources) {
    let names = Rc::new(["files"]);
    std::future::ready(()).await;
    sources.0.push(names[0].to_owned());
}

fn main() {}
