// What a decorator may return is what a factory may return.
#![allow(unused)]
use greenroom::prelude::*;

#[service_decorator]
fn louder(logger: Logger) -> Option<Logger> {
    Some(logger)
}

fn main() {
    assert_wired![greenroom::defaults, louder];
}
