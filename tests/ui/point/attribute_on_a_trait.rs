// Modules fill a value, so it is a type that there can be a value of.
#![allow(unused)]
use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
trait Sources {}

fn main() {}
