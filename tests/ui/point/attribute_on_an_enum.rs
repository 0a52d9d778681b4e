// As `attribute_on_a_trait`.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
enum Sources {}

fn main() {}
