// It goes from the module that fills it to the plugin, whatever thread that is on.
#![allow(unused)]
use std::rc::Rc;

use greenroom::prelude::*;

#[extension_point(plugin = "catalog", id = "catalog.sources")]
#[derive(Default)]
struct Sources(Vec<Rc<str>>);

fn main() {}
