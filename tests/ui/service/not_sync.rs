// A service is shared between threads.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock")]
struct Stock(std::cell::Cell<u8>);

fn main() {}
