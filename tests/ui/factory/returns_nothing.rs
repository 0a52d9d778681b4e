// A factory returns what it builds.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[service_factory]
fn prices(logger: Logger) {}

fn main() {
    let _ = backend![greenroom::defaults, prices];
}
