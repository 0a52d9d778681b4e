// A backend is started once, and nothing is added to it afterwards.
#![allow(unused)]
use greenroom::Inputs;
use greenroom::prelude::*;

#[backend_plugin(id = "shop")]
async fn plugin() {}

async fn start() {
    let backend = backend![plugin];
    let running = backend.start(Inputs::new()).await;
    let again = backend.start(Inputs::new()).await;
}

fn main() {}
