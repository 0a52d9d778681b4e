// A trait says that its implementations are `Send` and `Sync`.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices {}

fn main() {}
