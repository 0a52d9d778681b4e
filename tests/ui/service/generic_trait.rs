// An id names one type.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.prices")]
trait Prices<T>: Send + Sync {}

fn main() {}
