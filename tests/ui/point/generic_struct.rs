// One id, one type.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources<T>(Vec<T>);

fn main() {}
