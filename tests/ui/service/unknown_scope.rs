// There are two scopes.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices", scope = "request")]
trait Prices: Send + Sync {}

fn main() {}
