// GR0010: two modules write to what the other offers.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.readers")]
#[derive(Default)]
struct Readers(Vec<String>);

#[extension_point(plugin = "catalog", id = "catalog.checks")]
#[derive(Default)]
struct Checks(Vec<String>);

#[backend_plugin(id = "catalog")]
async fn plugin() {}

#[backend_module(plugin = "catalog", id = "reading")]
async fn reading(readers: Readers, checks: &mut Checks) {}

#[backend_module(plugin = "catalog", id = "checking")]
async fn checking(checks: Checks, readers: &mut Readers) {}

fn main() {
    let _ = backend![plugin, reading, checking];
}
