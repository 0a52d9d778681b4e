// Traits and structs can be services.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
enum Prices {}

fn main() {}
