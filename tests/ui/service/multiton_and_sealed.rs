// Any number of factories and none but its own: not both.
#![allow(unused)]
use greenroom::prelude::*;

#[service(id = "shop.checks", multiton, sealed)]
trait Check: Send + Sync {}

fn main() {}
