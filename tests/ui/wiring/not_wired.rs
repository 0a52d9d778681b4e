// GR0001: `assert_wired!` says what `backend!` would say.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin(logger: Logger) {}

assert_wired![plugin];

fn main() {}
