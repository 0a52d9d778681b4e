// Without a constructor it starts from its `Default`.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
struct Sources(Vec<String>);

fn main() {}
