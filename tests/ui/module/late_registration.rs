// What a module borrows it cannot keep: nothing is registered after the plugin has started.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<String>);

#[backend_module(plugin = "catalog", id = "files")]
async fn module(sources: &mut Sources) {
    std::thread::spawn(move || sources.0.push("files".to_owned()));
}

fn main() {}
