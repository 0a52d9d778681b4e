// A decorator returns what takes the place of the service.
#![allow(unused)]
use greenroom::prelude::*;

#[service_decorator]
fn louder(logger: Logger) {}

fn main() {
    assert_wired![greenroom::defaults, louder];
}
