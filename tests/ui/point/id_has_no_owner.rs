// An extension point is called as a service is.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "sources")]
#[derive(Default)]
struct Sources(Vec<String>);

fn main() {}
