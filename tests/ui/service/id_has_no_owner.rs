// A service is called `owner.name`.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "prices")]
trait Prices: Send + Sync {}

fn main() {}
