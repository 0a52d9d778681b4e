// The id is a path, a settings key and a database: kebab-case.
#![allow(unused)]
use std::sync::Arc;

use greenroom::prelude::*;

#[backend_plugin(id = "TechDocs")]
async fn plugin() {}

fn main() {
    let _ = backend![plugin];
}
